import Foundation
public import LeptonCPU
import LeptonCompiler
public import LeptonData
public import LeptonGraph
public import LeptonRuntime
import LeptonValues

/// Two models on the same examples of the same data, and whether what sets them apart may be chance.
public struct Comparison: Sendable, Codable {
  /// What one of them comes to by itself.
  public struct Side: Sendable, Codable {
    public var name: String
    public var file: String
    public var latency: SpeedFigures.Latency
    public var throughput: Double
    public var intervals: SpeedFigures.Intervals?
    public var bytes: Int
    public var parameters: Int
    public var flops: Int
    public var costPerMillion: Double
    public var energy: EnergyFigure

    enum CodingKeys: String, CodingKey {
      case name, file, intervals, bytes, parameters, flops, energy
      case latency = "latency_ms"
      case throughput = "throughput_per_s"
      case costPerMillion = "cost_per_million"
    }
  }

  public var a: Side
  public var b: Side
  /// Examples that both were shown.
  public var count: Int
  public var quality: [PairedDifference]
  /// Of classifiers.
  public var mcNemar: McNemar?
  public var speed: SpeedRatios
  /// A sentence for each thing that was compared, and what follows.
  public var verdict: [String]

  enum CodingKeys: String, CodingKey {
    case a, b, count, quality, speed, verdict
    case mcNemar = "mcnemar"
  }
}

extension Comparison {
  /// Measures both, their speed in turn.
  ///
  /// - Throws: `LeptonError` of kind `badInput` where a model and the data do not fit.
  public init(
    _ first: CandidateBench.Entry, _ second: CandidateBench.Entry, models: (Model, Model),
    on data: Dataset, price: Price, speed: SpeedTest = SpeedTest(), seed: UInt64 = 0,
    backend: any Backend = CPUBackend(), onStage: (String) -> Void = { _ in }
  ) throws {
    onStage("measuring the speed of both in turn")
    let times = try speed.compare(
      SpeedTest.Subject(models.0, precision: first.precision),
      SpeedTest.Subject(models.1, precision: second.precision), on: data, backend: backend)
    onStage("measuring the quality of both on \(data.count) examples")
    a = try Side(first, models.0, times.first, price)
    b = try Side(second, models.1, times.second, price)
    count = data.count
    self.speed = times.ratios
    let (isA, isB) = (models.0.isRegression(on: data), models.1.isRegression(on: data))
    guard isA == isB else {
      throw LeptonError(
        .badInput, "one model predicts numbers and the other tells classes apart",
        at: second.file.path, fix: "compare models for the same task")
    }
    if isA {
      func numbers(_ model: Model, _ precision: Precision) throws -> [Double] {
        try ModelOutputs(
          of: model, on: data, precision: precision, batch: 32, backend: backend,
          options: speed.options
        ).values.map(Double.init)
      }
      quality = PairedDifference.ofErrors(
        try numbers(models.0, first.precision), try numbers(models.1, second.precision),
        targets: try data.numericTargets(), seed: seed)
    } else {
      func predictions(_ model: Model, _ precision: Precision) throws -> Predictions {
        try Predictions(
          of: model, on: data, precision: precision, backend: backend, options: speed.options)
      }
      let said = (
        try predictions(models.0, first.precision), try predictions(models.1, second.precision)
      )
      quality = PairedDifference.ofQuality(said.0, said.1, seed: seed)
      mcNemar = McNemar(said.0, said.1)
    }
    verdict = []
    verdict = ComparisonVerdict(self).sentences
  }
}

extension McNemar {
  /// Of two classifiers that were shown the same examples in the same order.
  public init(_ a: Predictions, _ b: Predictions) {
    var (onlyA, onlyB) = (0, 0)
    for example in 0..<a.count {
      switch (a.isRight(example), b.isRight(example)) {
      case (true, false): onlyA += 1
      case (false, true): onlyB += 1
      default: break
      }
    }
    self.init(onlyFirst: onlyA, onlySecond: onlyB)
  }
}

extension Comparison.Side {
  fileprivate init(
    _ entry: CandidateBench.Entry, _ model: Model, _ speed: SpeedFigures, _ price: Price
  ) throws {
    name = entry.name
    file = entry.file.path
    latency = speed.latency
    throughput = speed.throughput
    intervals = speed.intervals
    bytes = try entry.byteCount()
    parameters = model.parameterCount
    flops = try model.inferenceFLOPs()
    costPerMillion = price.costPerMillion(throughput: speed.throughput)
    energy = EnergyFigure(speed, on: price)
  }
}
