/// Which of the values that an activation took its integers have to cover.
public enum RangeMethod: Sendable, Hashable, Codable {
  /// All of them.
  case minMax
  /// So many percent of them, the smallest in magnitude: a few outliers saturate, all others get finer steps.
  case percentile(Double)
}

extension RangeMethod: CustomStringConvertible {
  /// `min-max`, `percentile 99.99`
  public var description: String {
    switch self {
    case .minMax: "min-max"
    case .percentile(let percent): "percentile \(percent)"
    }
  }
}
