import Foundation

/// Whether two classifiers that were shown the same examples differ in accuracy (McNemar, 1947): only the examples that one
/// of them gets right and the other does not say anything about it.
public struct McNemar: Sendable, Hashable, Codable {
  /// Examples that only the first gets right.
  public var onlyFirst: Int
  /// Examples that only the second gets right.
  public var onlySecond: Int
  /// The chance of a split at least as uneven if both were equally good: the two-sided binomial test.
  public var exact: Double
  /// (|b - c| - 1)² / (b + c), with Edwards' correction for continuity.
  public var statistic: Double
  /// Of the statistic, by the chi-square distribution with one degree of freedom.
  public var corrected: Double

  enum CodingKeys: String, CodingKey {
    case statistic
    case onlyFirst = "only_a_right"
    case onlySecond = "only_b_right"
    case exact = "p_exact"
    case corrected = "p_chi_square"
  }

  public init(onlyFirst: Int, onlySecond: Int) {
    self.onlyFirst = onlyFirst
    self.onlySecond = onlySecond
    let count = onlyFirst + onlySecond
    let gap = Double(max(0, abs(onlyFirst - onlySecond) - 1))
    statistic = count == 0 ? 0 : gap * gap / Double(count)
    corrected = erfc((statistic / 2).squareRoot())
    exact = Self.twoSided(min(onlyFirst, onlySecond), of: count)
  }

  /// The exact test where there are few such examples, else the statistic, which then says the same.
  public var p: Double { isExact ? exact : corrected }
  public var isExact: Bool { onlyFirst + onlySecond < 1000 }

  /// Twice the chance of at most so many heads of fair coins, but no more than 1.
  private static func twoSided(_ heads: Int, of count: Int) -> Double {
    let all = lgamma(Double(count) + 1) - Double(count) * M_LN2
    let tail = (0...heads).reduce(0.0) { sum, k in
      sum + exp(all - lgamma(Double(k) + 1) - lgamma(Double(count - k) + 1))
    }
    return min(1, 2 * tail)
  }
}
