import ArgumentParser
import Foundation
import LeptonData
import LeptonGraph
import LeptonNavigator
import LeptonValues

/// `lepton evaluate`: quality, speed, size and cost of one saved model.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure a model's quality, speed and cost on labelled data.",
    discussion: "lepton evaluate model.onnx --data digits --html page.html")

  @OptionGroup var file: ModelFile
  @Option(help: "A path, kind:path, or the name of embedded data.")
  var data: String
  @Option(help: "What predictions are costed for.")
  var hardware = PriceTable.defaultKey
  @OptionGroup var mistakes: MistakeOptions
  @Option(help: "Write the evaluation as a page, too.", completion: .file(extensions: ["html"]))
  var html: String?
  @OptionGroup var engine: EngineOptions
  @OptionGroup var reporting: Reporting

  func run() throws {
    let price = try PriceTable.builtIn().price(hardware)
    let model = try file.read(batch: 1)
    let part = try HeldOutPart(of: data, for: model)
    reporting.note(
      "\(Figures.count(part.examples.count)) examples of the \(part.name) part of \(data)")
    var bench = CandidateBench(
      validation: part.examples.classes.count == 2 ? part.choosing : nil, test: part.examples,
      price: price, speed: SpeedTest(options: engine.compileOptions()),
      memory: ThisProgram.url.map { MemoryProbe(executable: $0) })
    bench.mistakes = mistakes.costs
    let url = URL(fileURLWithPath: file.model)
    let entry = CandidateBench.Entry(
      name: model.facts.name.isEmpty
        ? url.deletingPathExtension().lastPathComponent : model.facts.name,
      file: url, precision: engine.precision(of: model))
    let evaluation = try ModelEvaluation(
      of: entry, model, bench, data: data, part: part.name, onStage: reporting.note)
    if let html { try evaluation.writePage(to: URL(fileURLWithPath: html)) }
    reporting.show(EvaluationAnswer(evaluation: evaluation, page: html))
  }
}

/// What thresholds between two classes are chosen for.
struct MistakeOptions: ParsableArguments {
  @Option(help: "Of two classes: what an example wrongly said to be of the second one costs.")
  var costFalsePositive = 1.0
  @Option(help: "Of two classes: what an example of the second one that is missed costs.")
  var costFalseNegative = 1.0
  @Option(help: "Of two classes: the fraction of the second one that must be found.")
  var targetRecall = 0.9

  mutating func validate() throws {
    for (name, value) in [
      ("positive", costFalsePositive), ("negative", costFalseNegative),
    ] where !(value >= 0 && value.isFinite) {
      throw ValidationError("--cost-false-\(name) is \(value). Please provide 0 or more.")
    }
    if !(targetRecall > 0 && targetRecall <= 1) {
      throw ValidationError(
        "--target-recall is \(targetRecall). Please provide more than 0, at most 1.")
    }
  }

  var costs: MistakeCosts {
    MistakeCosts(
      falsePositive: costFalsePositive, falseNegative: costFalseNegative, recall: targetRecall)
  }
}
