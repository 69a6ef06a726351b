import ArgumentParser
import Foundation
import LeptonCPU
import LeptonCompiler
import LeptonData
import LeptonGraph
import LeptonNavigator
import LeptonRuntime
import LeptonTraining
import LeptonValues

/// `lepton tune`: which algorithm is quicker for each convolution of a model, or of a recipe's training and model.
struct Tune: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure once which algorithm is quickest for each convolution on this machine.",
    discussion: """
      lepton tune model.onnx --batch 1 --batch 32
      lepton tune Recipes/cifar10.yml

      Every command that runs a network reads what was measured; --deterministic-algorithms leaves it aside.
      """)

  @Argument(help: "An ONNX file, or a recipe.", completion: .file(extensions: ["onnx", "yml"]))
  var subject: String
  @Option(help: "For a model: examples at once; can be given several times.")
  var batch: [Int] = []
  @Option(
    help: ArgumentHelp(
      "For a model: the extent of an axis that it leaves open.", valueName: "symbol=extent"))
  var extent: [String] = []
  @Option(help: "Cores to run on; as many as bring something by default.")
  var threads: Int?
  @OptionGroup var reporting: Reporting

  func run() throws {
    var measured: [AlgorithmTuning.Measurement] = []
    for graph in try graphs() {
      measured += try KnownAlgorithms.tune(graph, options, reporting)
    }
    reporting.show(Tuned(measured))
  }

  private var options: CompileOptions {
    CompileOptions(threads: threads, algorithms: KnownAlgorithms.measured.choice)
  }

  private func graphs() throws -> [Graph] {
    guard ["yml", "yaml"].contains(URL(fileURLWithPath: subject).pathExtension) else {
      let file = ModelFile(extents: extent, of: subject)
      let batches = batch.isEmpty ? [nil] : batch.map(Optional.some)
      return try batches.map { try inference(file.model(batch: $0)) }
    }
    let recipe = try Recipe(file: URL(fileURLWithPath: subject))
    let parts = try DataParts(recipe.data)
    let folder = try ScratchFolder()
    defer { folder.remove() }
    let model = try RecipeTraining(recipe, parts, in: RunFolder(creating: folder.url)).model()
    let training = try TrainingRun(
      model, loss: recipe.training.loss ?? Loss.fitting(model),
      optimizer: recipe.training.optimizer,
      batch: min(recipe.training.batchSize, parts.train.count),
      clipNorm: recipe.training.clipNorm, precision: recipe.training.precision, options: options)
    return [training.session.graph]
      + (try SpeedTest().batches.map { try inference(model.withBatch($0)) })
  }

  private func inference(_ model: Model) throws -> Graph {
    try Session(model, options: options).graph
  }

  struct Tuned: Answer {
    struct Convolution: Encodable {
      let task: String
      let directMs: Double
      let winogradMs: Double
      let byShape: String
      let choice: String
    }

    let convolutions: [Convolution]

    init(_ measurements: [AlgorithmTuning.Measurement]) {
      convolutions = measurements.map {
        Convolution(
          task: $0.task, directMs: $0.directSeconds * 1e3, winogradMs: $0.winogradSeconds * 1e3,
          byShape: $0.byShape.rawValue, choice: $0.choice.rawValue)
      }
    }

    var text: String {
      guard !convolutions.isEmpty else {
        return "nothing to measure: every convolution with a choice is known\n"
      }
      var table = Table([
        ("convolution", .prose), ("direct", .right), ("Winograd", .right), ("by shape", .left),
        ("choice", .left),
      ])
      for row in convolutions {
        table.add([
          row.task, Figures.milliseconds(row.directMs), Figures.milliseconds(row.winogradMs),
          row.byShape, row.choice,
        ])
      }
      return table.text()
    }
  }
}
