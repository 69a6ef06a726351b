import Foundation

/// Where a figure may well lie: the bounds of a 95 % confidence interval.
public struct Interval: Sendable, Hashable, Codable {
  public var low: Double
  public var high: Double

  /// Of all intervals.
  public static let level = 0.95

  public init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  public func contains(_ value: Double) -> Bool { low <= value && value <= high }
}

extension Interval {
  /// The percentile interval of a bootstrap: what 95 % in the middle of the resampled figures span. Figures that are no
  /// numbers are left out; nil where most of them are none.
  public init?(ofResamples values: [Double]) {
    let sorted = values.filter { !$0.isNaN }.sorted()
    guard sorted.count * 2 > values.count else { return nil }
    func quantile(_ fraction: Double) -> Double {
      let place = fraction * Double(sorted.count - 1)
      let (low, high) = (Int(place.rounded(.down)), Int(place.rounded(.up)))
      return sorted[low] + (place - Double(low)) * (sorted[high] - sorted[low])
    }
    let tail = (1 - Self.level) / 2
    self.init(low: quantile(tail), high: quantile(1 - tail))
  }

  /// The score interval of a proportion (Wilson, 1927), which says something of 0 and of 1, too.
  public static func ofProportion(_ successes: Int, of count: Int) -> Interval {
    guard count > 0 else { return Interval(low: 0, high: 1) }
    let z = 1.959963984540054
    let (n, p) = (Double(count), Double(successes) / Double(count))
    let centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    let reach = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    return Interval(
      low: successes == 0 ? 0 : centre - reach, high: successes == count ? 1 : centre + reach)
  }

  /// Of the median of repeated measurements, whatever their distribution: from the k-th least to the k-th largest, with the
  /// largest k that still covers it with 95 %. Fewer than six measurements span less than that.
  public static func ofMedian(_ values: [Double]) -> Interval {
    let sorted = values.sorted()
    guard let least = sorted.first, let largest = sorted.last else {
      return Interval(low: .nan, high: .nan)
    }
    var result = Interval(low: least, high: largest)
    var tail = pow(0.5, Double(sorted.count))
    var term = tail
    for k in 1..<max(2, sorted.count / 2) {
      // The chance that no more than k of them are smaller than the median.
      term *= Double(sorted.count - k + 1) / Double(k)
      tail += term
      guard 1 - 2 * tail >= level else { break }
      result = Interval(low: sorted[k], high: sorted[sorted.count - 1 - k])
    }
    return result
  }
}
