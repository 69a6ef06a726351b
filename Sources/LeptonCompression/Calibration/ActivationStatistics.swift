/// The values that an activation took on the calibration examples: their extremes and a histogram of magnitudes.
public struct ActivationStatistics: Sendable, Hashable {
  public private(set) var low = Float.infinity
  public private(set) var high = -Float.infinity
  /// How many magnitudes fell into each of equal bins from 0 to the largest; empty before `count`.
  private var bins: [Int] = []

  private static let binCount = 4096

  public init() {}

  /// Of all values.
  public var largestMagnitude: Float { max(abs(low), abs(high)) }

  /// First pass: widens the extremes. Values that are no numbers are passed over.
  public mutating func extend(over values: [Float]) {
    for value in values {
      if value < low { low = value }
      if value > high { high = value }
    }
  }

  /// Second pass, once the extremes are known.
  public mutating func count(_ values: [Float]) {
    if bins.isEmpty { bins = [Int](repeating: 0, count: Self.binCount) }
    let limit = largestMagnitude
    guard limit > 0, limit.isFinite else { return }
    let scale = Float(Self.binCount) / limit
    bins.withUnsafeMutableBufferPointer { bins in
      for value in values where !value.isNaN {
        bins[min(Int(abs(value) * scale), Self.binCount - 1)] += 1
      }
    }
  }

  /// The range that integers have to cover, by `method`.
  public func range(_ method: RangeMethod) -> ClosedRange<Float> {
    guard low <= high else { return 0...0 }
    switch method {
    case .minMax: return low...high
    case .percentile(let percent):
      let limit = magnitude(holding: percent)
      return max(low, -limit)...max(min(high, limit), max(low, -limit))
    }
  }

  /// The upper edge of the first bin by which `percent` of the values are reached.
  private func magnitude(holding percent: Double) -> Float {
    let wanted = Double(bins.reduce(0, +)) * percent / 100
    var seen = 0
    for (index, count) in bins.enumerated() {
      seen += count
      if Double(seen) >= wanted {
        return largestMagnitude * Float(index + 1) / Float(Self.binCount)
      }
    }
    return largestMagnitude
  }
}
