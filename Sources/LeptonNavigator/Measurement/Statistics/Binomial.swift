import Foundation
import LeptonData

extension SeededGenerator {
  /// A number in `0..<1` with 53 random bits.
  mutating func uniformDouble() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// How many of `count` trials succeed that each do so with `probability`.
  ///
  /// Few successes are counted up along the distribution (Kachitvichyanukul and Schmeiser, "Binomial random variate
  /// generation", 1988: BINV); many are drawn by transformed rejection (Hörmann, "The generation of binomial random
  /// variates", 1993: BTRS), which takes the same time whatever the count.
  mutating func binomial(_ count: Int, _ probability: Double) -> Int {
    guard count > 0, probability > 0 else { return 0 }
    guard probability < 1 else { return count }
    if probability > 0.5 { return count - binomial(count, 1 - probability) }
    return Double(count) * probability < 10
      ? countedUp(count, probability) : rejected(Double(count), probability)
  }

  private mutating func countedUp(_ count: Int, _ p: Double) -> Int {
    let odds = p / (1 - p)
    while true {
      var rest = uniformDouble()
      var chance = pow(1 - p, Double(count))
      for successes in 0...count {
        if rest <= chance { return successes }
        rest -= chance
        chance *= Double(count - successes) / Double(successes + 1) * odds
        // Rounding has used up the distribution.
        if chance < 1e-300 { break }
      }
    }
  }

  private mutating func rejected(_ n: Double, _ p: Double) -> Int {
    let spread = (n * p * (1 - p)).squareRoot()
    let b = 1.15 + 2.53 * spread
    let a = -0.0873 + 0.0248 * b + 0.01 * p
    let centre = n * p + 0.5
    let alpha = (2.83 + 5.1 / b) * spread
    let mode = ((n + 1) * p).rounded(.down)
    let atMode = lgamma(mode + 1) + lgamma(n - mode + 1)
    while true {
      let u = uniformDouble() - 0.5
      let v = uniformDouble()
      let us = 0.5 - abs(u)
      let k = ((2 * a / us + b) * u + centre).rounded(.down)
      guard k >= 0, k <= n else { continue }
      if us >= 0.07, v <= 0.92 - 4.2 / b { return Int(k) }
      let height = log(v * alpha / (a / (us * us) + b))
      if height <= atMode - lgamma(k + 1) - lgamma(n - k + 1) + (k - mode) * log(p / (1 - p)) {
        return Int(k)
      }
    }
  }
}
