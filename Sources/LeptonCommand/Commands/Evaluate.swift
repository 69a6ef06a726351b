import ArgumentParser
import Foundation
import LeptonData
import LeptonGraph
import LeptonNavigator
import LeptonServing
import LeptonONNX
import LeptonValues

/// `lepton evaluate`: quality, speed, size and cost of one saved model.
struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure a model's quality, speed and cost on labelled data.",
    discussion: "lepton evaluate model.onnx --data digits")

  @OptionGroup var file: ModelFile
  @Option(help: "A path, kind:path, or the name of embedded data.")
  var data: String
  @Option(help: "What predictions are costed for.")
  var hardware = PriceTable.defaultKey
  @OptionGroup var engine: EngineOptions
  @OptionGroup var reporting: Reporting

  func run() throws {
    let price = try PriceTable.builtIn().price(hardware)
    let model = try file.read(batch: 1)
    let (part, name) = try examples(for: model)
    try ModelInput(model).check(part)
    reporting.note("\(part.count) examples of the \(name) part of \(data)")
    let bench = CandidateBench(
      validation: part, test: part, price: price,
      speed: SpeedTest(options: engine.compileOptions()),
      memory: ThisProgram.url.map { MemoryProbe(executable: $0) })
    let figures = try bench.measure([
      CandidateBench.Entry(
        name: model.facts.name, file: URL(fileURLWithPath: file.model),
        precision: engine.precision(of: model))
    ])
    reporting.show(Evaluation(figures[0], part: name))
  }

  /// The test part, or what else there is.
  private func examples(for model: Model) throws -> (Dataset, String) {
    let bundle = try DataSource.open(data, options: try ModelInput(model).dataOptions)
    if let test = bundle.test { return (test, "test") }
    return bundle.validation.map { ($0, "validation") } ?? (bundle.train, "only")
  }

  struct Evaluation: Answer {
    let name: String
    let accuracy: Double
    let macroF1: Double
    /// Which part of the data.
    let part: String
    let latencyMs: SpeedFigures.Latency
    let throughputPerS: Double
    let bytes: Int
    let parameters: Int
    let flops: Int
    let peakRssBytes: Int
    let costPerMillion: Double
    let report: ClassificationReport

    init(_ figures: CandidateFigures, part: String) {
      name = figures.name
      accuracy = figures.test.accuracy
      macroF1 = figures.test.macroF1
      self.part = part
      latencyMs = figures.speed.latency
      throughputPerS = figures.speed.throughput
      bytes = figures.bytes
      parameters = figures.parameters
      flops = figures.flops
      peakRssBytes = figures.memory.bytes
      costPerMillion = figures.costPerMillion
      report = figures.test
    }

    var text: String {
      var classes = Table([
        ("class", .left), ("precision", .right), ("recall", .right), ("f1", .right),
        ("examples", .right),
      ])
      for figures in report.classes {
        classes.add([
          figures.name, Figures.accuracy(figures.precision), Figures.accuracy(figures.recall),
          Figures.accuracy(figures.f1), Figures.count(figures.support),
        ])
      }
      var table = Table([("", .left), ("", .left)])
      table.add([
        "accuracy",
        "\(Figures.accuracy(accuracy)), macro F1 \(Figures.accuracy(macroF1)), "
          + "\(Figures.count(report.count)) examples (\(part) part)",
      ])
      table.add([
        "latency",
        "p50 \(Figures.milliseconds(latencyMs.p50)), p95 \(Figures.milliseconds(latencyMs.p95))",
      ])
      table.add(["throughput", "\(Figures.count(Int(throughputPerS))) examples/s"])
      table.add(["file", Figures.bytes(bytes)])
      table.add(["parameters", Figures.count(parameters)])
      table.add(["arithmetic", "\(Figures.flops(flops)) for an example"])
      table.add(["peak memory", Figures.bytes(peakRssBytes)])
      table.add(["cost", "\(Figures.digits(costPerMillion)) $ for a million predictions"])
      return classes.text() + "\n" + table.body()
    }
  }
}
