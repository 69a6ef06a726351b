import LeptonValues

/// The variables of the environment that set keys of a recipe: `LEPTON_TRAINING_EPOCHS=3`. They win over the file, and
/// lose against the command line.
struct RecipeEnvironment: Sendable {
  /// Those of Lepton that are no keys: where data and measurements lie.
  private static let others: Set = ["LEPTON_DATA", "LEPTON_CACHE"]
  private static let prefix = "LEPTON_"

  private let variables: [String: String]
  private var asked: Set<String> = []

  init(_ variables: [String: String]) {
    self.variables = variables.filter {
      $0.key.hasPrefix(Self.prefix) && !Self.others.contains($0.key)
    }
  }

  static func variable(_ path: [String]) -> String {
    prefix + path.joined(separator: "_").uppercased()
  }

  /// What the variable of a key says; nil where it is not set.
  ///
  /// - Throws: `LeptonError` of kind `usage` where it is no YAML value.
  mutating func setting(_ path: [String]) throws -> Setting? {
    let name = Self.variable(path)
    asked.insert(name)
    return try variables[name].map { try Setting(commandLine: $0, path: name) }
  }

  /// Refuses variables that no key asked for.
  func finish() throws {
    guard let stranger = variables.keys.sorted().first(where: { !asked.contains($0) }) else {
      return
    }
    let near = nearestSpelling(of: stranger, in: asked.sorted())
    throw LeptonError(
      .usage, "'\(stranger)' of the environment sets no key of this recipe", at: stranger,
      fix: near.map { "did you mean '\($0)'?" } ?? "unset it; lepton config lists the keys")
  }
}
