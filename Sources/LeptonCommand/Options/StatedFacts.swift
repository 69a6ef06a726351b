import ArgumentParser
import LeptonGraph
import LeptonNavigator

/// What is said of a model whose file does not say it.
struct StatedFacts: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "YAML with what the model's file does not say: its classes, how images become its input, its boxes.",
      valueName: "file"), completion: .file(extensions: ["yml", "yaml", "json"]))
  var facts: String?

  func applied(to model: Model) throws -> Model {
    try facts.map { try FactsFile($0).applied(to: model) } ?? model
  }
}
