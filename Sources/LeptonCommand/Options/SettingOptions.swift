import ArgumentParser

/// Keys of a recipe that the command line sets.
struct SettingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A key of the recipe with another value, such as training.epochs=3.",
      valueName: "key=value"))
  var set: [String] = []
}
