import Foundation
import LeptonData
public import LeptonGraph
import LeptonValues

/// Everything measured of one saved model on one part of some data; as JSON it has the keys that `lepton evaluate --json`
/// promises.
public struct ModelEvaluation: Sendable, Encodable {
  public let name: String
  public let file: String
  /// Which data, and which part of them.
  public let data: String
  public let part: String
  public let count: Int
  /// Of a classifier.
  public let report: ClassificationReport?
  /// Of a model that predicts numbers.
  public let regression: RegressionReport?
  public let costs: ModelCosts
  public let price: Price
  /// Examples that were taken for another class, for the page.
  let mistakes: [ConfusedPair]

  /// Measures an entry of a bench on the bench's test part.
  ///
  /// - Throws: `LeptonError` of kind `badInput` where model and data do not fit.
  public init(
    of entry: CandidateBench.Entry, _ model: Model, _ bench: CandidateBench, data: String,
    part: String, onStage: (String) -> Void = { _ in }
  ) throws {
    name = entry.name
    file = entry.file.path
    self.data = data
    self.part = part
    count = bench.test.count
    price = bench.price
    onStage("measuring the speed")
    if model.isRegression(on: bench.test) {
      costs = try bench.costs(of: entry)
      onStage("measuring the quality")
      regression = try RegressionReport(
        of: model, on: bench.test, precision: entry.precision, backend: bench.backend,
        options: bench.speed.options)
      (report, mistakes) = (nil, [])
      return
    }
    var said: Predictions?
    let figures = try bench.measure([entry]) { _ in
      onStage("measuring the quality")
    } onPredictions: {
      said = $1
    }[0]
    (report, regression) = (figures.test, nil)
    mistakes = try said.map { try ConfusedPair.most(in: $0, figures.test, of: bench.test) } ?? []
    costs = figures.costs
  }

  enum CodingKeys: String, CodingKey {
    case name, file, data, part, count, report, regression, accuracy, bytes, parameters, flops,
      energy
    case intervals, price
    case accuracyInterval = "accuracy_interval"
    case macroF1 = "macro_f1"
    case latency = "latency_ms"
    case throughput = "throughput_per_s"
    case peakRSS = "peak_rss_bytes"
    case costPerMillion = "cost_per_million"
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(file, forKey: .file)
    try container.encode(data, forKey: .data)
    try container.encode(part, forKey: .part)
    try container.encode(count, forKey: .count)
    try container.encodeIfPresent(report?.accuracy, forKey: .accuracy)
    try container.encodeIfPresent(report?.accuracyInterval, forKey: .accuracyInterval)
    try container.encodeIfPresent(report?.macroF1, forKey: .macroF1)
    try container.encodeIfPresent(report, forKey: .report)
    try container.encodeIfPresent(regression, forKey: .regression)
    try container.encode(costs.speed.latency, forKey: .latency)
    try container.encode(costs.speed.throughput, forKey: .throughput)
    try container.encodeIfPresent(costs.speed.intervals, forKey: .intervals)
    try container.encode(costs.bytes, forKey: .bytes)
    try container.encode(costs.parameters, forKey: .parameters)
    try container.encode(costs.flops, forKey: .flops)
    try container.encode(costs.memory.bytes, forKey: .peakRSS)
    try container.encode(costs.costPerMillion, forKey: .costPerMillion)
    try container.encode(costs.energy, forKey: .energy)
    try container.encode(price, forKey: .price)
  }
}
