import ArgumentParser
import Foundation
import LeptonNavigator

/// `lepton config`: every key of a recipe.
struct Config: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show every key of recipes: type, default and meaning, or what a recipe makes of it.",
    discussion: """
      lepton config --template > my.yml
      lepton config my.yml --set training.epochs=3

      A key is set by --set on the command line, else by a variable of the environment \
      (LEPTON_TRAINING_EPOCHS=3), else by the file, else by its default.
      """)

  @Argument(help: "A YAML file; every key and its default without.", completion: .file())
  var recipe: String?
  @OptionGroup var settings: SettingOptions
  @Flag(help: "The default; for scripts that say it.")
  var show = false
  @Flag(help: "A recipe to begin with: every key, explained.")
  var template = false
  @Flag(help: "JSON Schema, for editors.")
  var schema = false
  @OptionGroup var reporting: Reporting

  func validate() throws {
    if recipe == nil, !settings.set.isEmpty {
      throw ValidationError("--set changes a recipe. Please name its file.")
    }
  }

  func run() throws {
    let settings = try resolved()
    if template { return StandardStreams.write(settings.template) }
    if schema { return StandardStreams.write(JSONText.document(RecipeSchema(settings)) + "\n") }
    reporting.show(Settings(settings: settings, isReference: recipe == nil))
  }

  private func resolved() throws -> [ResolvedSetting] {
    guard let recipe else { return try Recipe.keys() }
    return try Recipe(
      file: URL(fileURLWithPath: recipe), settings: settings.set,
      environment: ProcessInfo.processInfo.environment
    ).settings
  }

  struct Settings: Answer {
    struct Row: Encodable {
      let key: String
      let value: String
      let type: String
      let `default`: String?
      let source: String
      let variable: String
      let meaning: String
    }

    let settings: [Row]
    private let isReference: Bool

    enum CodingKeys: CodingKey { case settings }

    init(settings: [ResolvedSetting], isReference: Bool) {
      self.settings = settings.map {
        Row(
          key: $0.key, value: $0.value, type: $0.type.description, default: $0.fallback,
          source: $0.source, variable: $0.variable, meaning: $0.meaning)
      }
      self.isReference = isReference
    }

    /// Two lines for each key.
    var text: String {
      settings.map { row in
        let type = isReference && row.default == nil ? "\(row.type); must be given" : row.type
        let origin = isReference ? "" : "  (\(row.source))"
        return "\(row.key): \(row.value)\(origin)\n"
          + Prose.wrapped("    \(row.meaning); \(type)", indent: 4)
      }.joined()
    }
  }
}
