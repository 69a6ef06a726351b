import Foundation

/// One direction of a picture: which numbers it spans, where they lie, and which are written out.
struct Axis {
  let low: Double
  let high: Double
  let isLogarithmic: Bool
  let title: String
  /// The numbers that are written out, with their text.
  let ticks: [(value: Double, text: String)]

  /// From the least to the largest of some numbers, a little room on both sides.
  ///
  /// - Parameters:
  ///   - within: what no room is made beyond.
  ///   - maySpread: takes the logarithm of positive numbers where the largest is so many times the least.
  init(
    _ values: [Double], title: String, within: ClosedRange<Double>, maySpread: Double = .infinity
  ) {
    let finite = values.filter(\.isFinite)
    let (least, largest) = (finite.min() ?? 0, finite.max() ?? 1)
    isLogarithmic = least > 0 && largest / least >= maySpread
    self.title = title
    if isLogarithmic {
      let room = pow(largest / least, 0.08)
      (low, high) = (max(within.lowerBound, least / room), min(within.upperBound, largest * room))
      ticks = Self.decades(low, high)
    } else {
      let span = largest - least
      let room = span > 1e-12 * abs(largest) ? 0.08 * span : max(abs(largest) * 0.05, 1e-6)
      (low, high) = (max(within.lowerBound, least - room), min(within.upperBound, largest + room))
      ticks = Self.steps(low, high)
    }
  }

  /// From 0 to 1.
  static func unit(_ title: String) -> Axis {
    Axis([0, 1], title: title, within: 0...1)
  }

  /// Whole numbers, of which about eight are written out.
  init(wholeFrom first: Int, to last: Int, title: String) {
    (low, high) = (Double(first), Double(last))
    isLogarithmic = false
    self.title = title
    let step = max(1, (last - first + 7) / 8)
    ticks = stride(from: first, through: last, by: step).map { (Double($0), "\($0)") }
  }

  /// The part of the length from the low end.
  func place(_ value: Double) -> Double {
    guard high > low else { return 0.5 }
    if isLogarithmic { return log(max(value, low) / low) / log(high / low) }
    return (value - low) / (high - low)
  }

  func contains(_ value: Double) -> Bool { low <= value && value <= high }

  /// Multiples of 1, 2 or 5 times a power of ten, about five of them.
  private static func steps(_ low: Double, _ high: Double) -> [(value: Double, text: String)] {
    guard high > low else { return [(low, Figures.digits(low))] }
    let rough = (high - low) / 5
    let power = pow(10, log10(rough).rounded(.down))
    let step = power * ([1, 2, 5].first { power * $0 >= rough } ?? 10)
    let places = max(0, Int((-log10(step) - 1e-9).rounded(.up)))
    let first = Int((low / step - 1e-6).rounded(.up))
    let last = Int((high / step + 1e-6).rounded(.down))
    guard first <= last else { return [] }
    return (first...last).map {
      (Double($0) * step, Figures.places(Double($0) * step, min(places, 9)))
    }
  }

  /// 1, 2 and 5 times powers of ten; ordinary steps where these are too few.
  private static func decades(_ low: Double, _ high: Double) -> [(value: Double, text: String)] {
    let powers = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
    let factors: [Double] = high / low > 300 ? [1] : [1, 2, 5]
    let values = powers.flatMap { power in factors.map { $0 * pow(10, Double(power)) } }
      .filter { $0 >= low && $0 <= high }
    return values.count >= 2 ? values.map { ($0, shortest($0)) } : steps(low, high)
  }

  private static func shortest(_ value: Double) -> String {
    let text = String(format: "%g", value)
    return text.contains("e") ? Figures.digits(value) : text
  }
}
