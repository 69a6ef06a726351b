import LeptonValues

/// Reads a section of settings key by key and remembers what it was asked for: afterwards it knows which keys do not
/// exist, and what every key came to.
final class SettingsReader {
  private let entries: [Setting.Entry]
  let place: String
  let path: [String]
  private var asked: [String] = []
  private var children: [SettingsReader] = []
  private let record: Record

  /// What all sections of a file share.
  private final class Record {
    /// What every key came to, in the order of reading.
    var settings: [ResolvedSetting] = []
    var environment: RecipeEnvironment

    init(_ environment: RecipeEnvironment) { self.environment = environment }
  }

  /// - Parameter environment: variables such as `LEPTON_TRAINING_EPOCHS`.
  convenience init(_ root: Setting, environment: [String: String] = [:]) throws {
    try self.init(root, path: [], record: Record(RecipeEnvironment(environment)))
  }

  private init(_ setting: Setting, path: [String], record: Record) throws {
    switch setting.content {
    case .section(let entries): self.entries = entries
    case _ where setting.isNull: entries = []
    default:
      throw LeptonError(
        .usage, "'\(path.joined(separator: "."))' is a section of keys", at: setting.place,
        fix: "write key: value lines below it")
    }
    (place, self.path, self.record) = (setting.place, path, record)
  }

  var resolved: [ResolvedSetting] { record.settings }

  /// Refuses keys that nobody asked for, here, below and in the environment.
  func finish() throws {
    if let stranger = entries.first(where: { !asked.contains($0.key) }) {
      let near = nearestSpelling(of: stranger.key, in: asked)
      let section = path.isEmpty ? "" : " of \(path.joined(separator: "."))"
      throw LeptonError(
        .usage, "'\(stranger.key)' is no key\(section)", at: stranger.place,
        fix: near.map { "did you mean '\($0)'?" } ?? "keys are \(asked.joined(separator: ", "))")
    }
    for child in children { try child.finish() }
    if path.isEmpty { try record.environment.finish() }
  }

  /// A section below this one; an empty one where it is left out.
  func section(_ key: String) throws -> SettingsReader {
    asked.append(key)
    let given = entries.first { $0.key == key }?.value
    let child = try SettingsReader(
      given ?? Setting(content: .section([]), place: place), path: path + [key], record: record)
    children.append(child)
    return child
  }

  /// What a key was given: on the command line, else in the environment, else in the file.
  func given(_ key: String) throws -> Setting? {
    asked.append(key)
    let written = entries.first { $0.key == key }?.value
    let variable = try record.environment.setting(path + [key])
    let setting = written?.isFromCommandLine == true ? written : variable ?? written
    return setting.flatMap { $0.isNull ? nil : $0 }
  }

  /// Remembers what a key came to; `setting` is nil where it was left out.
  func note(
    _ key: String, _ setting: Setting?, value: String, type: SettingType, fallback: String?,
    means meaning: String
  ) {
    record.settings.append(
      ResolvedSetting(
        path: path + [key], value: value, type: type, fallback: fallback,
        source: setting?.place ?? "default", meaning: meaning))
  }
}
