import LeptonValues

/// What a model must come to, to be put to use; nil for what does not matter.
public struct Requirement: Sendable, Hashable, Codable {
  /// The largest loss of accuracy against the model as trained, as a fraction: 0.01 is one point in a hundred.
  public var maxAccuracyDrop: Double?
  public var minAccuracy: Double?
  /// Of one example, in milliseconds.
  public var latencyP95: Double?
  /// In units of 10^6 bytes.
  public var peakMemory: Double?
  /// Of the artifact's file.
  public var maxBytes: Int?
  /// Dollars for a million predictions.
  public var costPerMillion: Double?

  public init() {}

  package enum CodingKeys: String, CodingKey, CaseIterable {
    case maxAccuracyDrop = "max_accuracy_drop"
    case minAccuracy = "min_accuracy"
    case latencyP95 = "latency_p95_ms"
    case peakMemory = "peak_memory_mb"
    case maxBytes = "max_bytes"
    case costPerMillion = "cost_per_million"
  }

  /// The keys of `requirement`.
  init(_ reader: SettingsReader) throws {
    maxAccuracyDrop = try reader.optionalNumber(
      "max_accuracy_drop", in: 0...1,
      means: "accuracy that may be lost against the model as trained, as a fraction")
    minAccuracy = try reader.optionalNumber(
      "min_accuracy", in: 0...1, means: "accuracy that must be reached, as a fraction")
    latencyP95 = try reader.optionalNumber(
      "latency_p95_ms", in: 0...Double.infinity,
      means: "milliseconds for one example that 95 of 100 must keep")
    peakMemory = try reader.optionalNumber(
      "peak_memory_mb", in: 0...Double.infinity, means: "memory of a process that runs it")
    maxBytes = try reader.optionalInt("max_bytes", means: "size of the artifact's file")
    costPerMillion = try reader.optionalNumber(
      "cost_per_million", in: 0...Double.infinity,
      means: "dollars for a million predictions on `hardware`")
  }
}

extension Requirement {
  /// From expressions such as `latency_p95_ms<=2` or `min_accuracy>=0.97`.
  ///
  /// - Throws: `LeptonError` of kind `usage` with the nearest right spelling.
  public init(expressions: [String]) throws {
    for expression in expressions { try add(expression) }
  }

  private mutating func add(_ expression: String) throws {
    func refuse(_ what: String, fix: String) -> LeptonError {
      LeptonError(.usage, what, at: "--require '\(expression)'", fix: fix)
    }
    let isLower = expression.contains(">=")
    let parts = expression.split(separator: isLower ? ">=" : "<=", maxSplits: 1)
      .map { String($0.trimmingSpaces) }
    guard parts.count == 2, let value = Double(parts[1]), value >= 0, value.isFinite else {
      throw refuse("this is no requirement", fix: "write for example latency_p95_ms<=2")
    }
    let names = CodingKeys.allCases.map(\.rawValue)
    guard let key = CodingKeys(rawValue: parts[0]) else {
      let near = nearestSpelling(of: parts[0], in: names)
      throw refuse(
        "nothing is measured as '\(parts[0])'",
        fix: near.map { "did you mean '\($0)'?" } ?? "choose of \(names.joined(separator: ", "))")
    }
    guard isLower == (key == .minAccuracy) else {
      throw refuse("the bound is on the wrong side", fix: isLower ? "use <=" : "use >=")
    }
    switch key {
    case .maxAccuracyDrop: maxAccuracyDrop = value
    case .minAccuracy: minAccuracy = value
    case .latencyP95: latencyP95 = value
    case .peakMemory: peakMemory = value
    case .maxBytes: maxBytes = Int(value)
    case .costPerMillion: costPerMillion = value
    }
  }
}

extension Substring {
  fileprivate var trimmingSpaces: Substring {
    let rest = drop { $0 == " " }
    return rest.prefix(rest.count - rest.reversed().prefix { $0 == " " }.count)
  }
}
