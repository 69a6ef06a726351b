import ArgumentParser
import Foundation
import LeptonData
import LeptonGraph
import LeptonNavigator
import LeptonServing
import LeptonValues

/// `lepton compare`: two saved models on the same data, and whether they differ.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare two models on the same labelled data, with significance.",
    discussion: """
      lepton compare f32.onnx int8.onnx --data digits

      Quality by McNemar's test and paired bootstrap, speed in turn; all intervals at 95 %.
      """)

  @Argument(help: "An ONNX file: A.", completion: .file(extensions: ["onnx"]))
  var first: String
  @Argument(help: "Another: B.", completion: .file(extensions: ["onnx"]))
  var second: String
  @Option(help: "A path, kind:path, or the name of embedded data.")
  var data: String
  @Option(help: "What predictions are costed for.")
  var hardware = PriceTable.defaultKey
  @Option(help: "Of the draws of the bootstrap.")
  var seed: UInt64 = 0
  @Option(help: "Seconds for each model at batch 1, and as many at larger ones.")
  var seconds = 1.0
  @OptionGroup var engine: EngineOptions
  @OptionGroup var reporting: Reporting

  mutating func validate() throws {
    if !(seconds >= 0 && seconds.isFinite) {
      throw ValidationError("--seconds is \(seconds). Please provide 0 or more.")
    }
  }

  func run() throws {
    let price = try PriceTable.builtIn().price(hardware)
    let models = (try model(first), try model(second))
    let part = try HeldOutPart(of: data, for: models.0)
    try ModelInput(models.1).check(part.examples)
    reporting.note(
      "\(Figures.count(part.examples.count)) examples of the \(part.name) part of \(data)")
    var speed = SpeedTest(options: engine.compileOptions())
    speed.rounds = 15
    speed.seconds = seconds
    let comparison = try Comparison(
      entry(first, models.0), entry(second, models.1), models: models, on: part.examples,
      price: price, speed: speed, seed: seed, onStage: reporting.note)
    reporting.show(ComparisonAnswer(comparison: comparison, part: part.name))
  }

  private func model(_ path: String) throws -> Model {
    try ModelFile(extents: [], of: path).read(batch: 1)
  }

  private func entry(_ path: String, _ model: Model) -> CandidateBench.Entry {
    let file = URL(fileURLWithPath: path)
    return CandidateBench.Entry(
      name: file.deletingPathExtension().lastPathComponent, file: file,
      precision: engine.precision(of: model))
  }
}

private struct ComparisonAnswer: Answer {
  let comparison: Comparison
  let part: String

  func encode(to encoder: any Encoder) throws {
    try comparison.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(part, forKey: .part)
  }

  private enum CodingKeys: CodingKey { case part }

  var text: String {
    var table = Table([
      ("", .left), ("A", .right), ("B", .right), ("B less A", .right), ("95 % interval", .right),
      ("", .left),
    ])
    for figure in comparison.quality {
      func signed(_ value: Double) -> String {
        let digits = Figures.places(abs(value), 4)
        return abs(value) < 0.00005 ? digits : (value < 0 ? "-" : "+") + digits
      }
      table.add([
        figure.name, Figures.places(figure.a, 4), Figures.places(figure.b, 4),
        signed(figure.difference),
        figure.interval.map { "\(signed($0.low)) to \(signed($0.high))" } ?? "-",
        figure.isSignificant ? "differ" : "",
      ])
    }
    let (a, b) = (comparison.a, comparison.b)
    func add(
      _ name: String, _ a: String, _ b: String, _ ratio: SpeedRatios.Ratio? = nil
    ) {
      table.add([
        name, a, b, ratio.map { "\(Figures.digits($0.value)) x" } ?? "",
        ratio.map { "\(Figures.digits($0.interval.low)) to \(Figures.digits($0.interval.high))" }
          ?? "",
        ratio.map { $0.interval.contains(1) ? "" : "differ" } ?? "",
      ])
    }
    add(
      "p50", Figures.milliseconds(a.latency.p50), Figures.milliseconds(b.latency.p50),
      comparison.speed.latency)
    add(
      "per s", Figures.count(Int(a.throughput)), Figures.count(Int(b.throughput)),
      comparison.speed.throughput)
    add("file", Figures.bytes(a.bytes), Figures.bytes(b.bytes))
    add("$/million", Figures.digits(a.costPerMillion), Figures.digits(b.costPerMillion))
    add(
      "energy/million", Figures.kilowattHours(a.energy.perMillion),
      Figures.kilowattHours(b.energy.perMillion))
    return "A  \(a.file)\nB  \(b.file)\n\n" + table.text() + "\n"
      + comparison.verdict.map { Prose.wrapped($0) }.joined()
  }
}
