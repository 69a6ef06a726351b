import ArgumentParser
import LeptonNavigator

/// `lepton config`: every key of a recipe.
struct Config: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show every key of a recipe: value, type, default and where it was set.")

  @OptionGroup var recipe: RecipeOptions
  @Flag(help: "The default; for scripts that say it.")
  var show = false
  @OptionGroup var reporting: Reporting

  func run() throws { reporting.show(Settings(settings: try recipe.read().settings)) }

  struct Settings: Answer {
    let settings: [ResolvedSetting]

    var text: String {
      var table = Table([
        ("key", .left), ("value", .prose), ("type", .prose), ("default", .prose),
        ("source", .prose),
      ])
      for setting in settings {
        table.add([setting.key, setting.value, setting.type, setting.fallback, setting.source])
      }
      return table.text()
    }
  }
}
