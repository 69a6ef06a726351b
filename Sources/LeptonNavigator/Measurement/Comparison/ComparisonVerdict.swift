import Foundation

/// What a comparison says, in sentences that claim no more than was measured.
struct ComparisonVerdict {
  let comparison: Comparison

  init(_ comparison: Comparison) { self.comparison = comparison }

  var sentences: [String] { [quality, speed, size, conclusion] }

  /// Of the figure that matters most: accuracy, or MAE.
  private var leading: PairedDifference { comparison.quality[0] }
  private var isAccuracy: Bool { comparison.mcNemar != nil }

  /// Positive where B is better, negative where A is, 0 where chance may be all.
  private var winner: Int {
    if let p = comparison.mcNemar?.p, p >= 1 - Interval.level { return 0 }
    if comparison.mcNemar == nil, !leading.isSignificant { return 0 }
    return (leading.difference > 0) != leading.lessIsBetter ? 1 : -1
  }

  private var quality: String {
    func value(_ figure: Double) -> String {
      isAccuracy ? Figures.accuracy(figure) : Figures.digits(figure)
    }
    let figures = "\(leading.name) \(value(leading.a)) for A, \(value(leading.b)) for B"
    let range = leading.interval.map {
      isAccuracy
        ? "; B less A is \(points(leading.difference)) points (95 %: \(points($0.low)) to "
          + "\(points($0.high)))"
        : "; B less A is \(signed(leading.difference)) (95 %: \(signed($0.low)) to "
          + "\(signed($0.high)))"
    }
    let test = comparison.mcNemar.map {
      "; McNemar's test (\($0.isExact ? "exact" : "chi-square with correction")) on "
        + "\($0.onlyFirst) examples that only A and \($0.onlySecond) that only B gets right: "
        + Self.probability($0.p)
    }
    let outcome =
      switch winner {
      case 1: "B is the better one"
      case -1: "A is the better one"
      default: "no difference in quality can be told from chance"
      }
    return "On \(Figures.count(comparison.count)) examples \(outcome): \(figures)"
      + (range ?? "") + (test ?? "") + "."
  }

  private var speed: String {
    let latency = comparison.speed.latency
    let (low, high) = (latency.interval.low, latency.interval.high)
    let times =
      "\(Figures.milliseconds(comparison.a.latency.p50)) for A, "
      + "\(Figures.milliseconds(comparison.b.latency.p50)) for B"
    if latency.interval.contains(1) {
      return "Neither is quicker for certain: one example takes \(times); B is "
        + "\(factor(latency.value)) times as quick (95 %: \(factor(low)) to \(factor(high)))."
    }
    let ratio = latency.value > 1 ? latency.value : 1 / latency.value
    let bounds = latency.value > 1 ? (low, high) : (1 / high, 1 / low)
    return "\(latency.value > 1 ? "B" : "A") is quicker: one example takes \(times), "
      + "\(factor(ratio)) times as quick (95 %: \(factor(bounds.0)) to \(factor(bounds.1)))."
  }

  private var size: String {
    let (a, b) = (comparison.a, comparison.b)
    return
      "Files are \(Figures.bytes(a.bytes)) and \(Figures.bytes(b.bytes)); a million predictions "
      + "cost \(Figures.digits(a.costPerMillion)) $ and \(Figures.digits(b.costPerMillion)) $, and "
      + "take \(Figures.kilowattHours(a.energy.perMillion)) and "
      + Figures.kilowattHours(b.energy.perMillion)
      + (a.energy.isEstimate ? " (an estimate)." : ".")
  }

  private var conclusion: String {
    let latency = comparison.speed.latency
    let quicker = latency.interval.contains(1) ? 0 : latency.value > 1 ? 1 : -1
    func name(_ side: Int) -> String { side > 0 ? "B" : "A" }
    switch (winner, quicker) {
    case (0, 0): return "Nothing that was measured speaks for one of them."
    case (0, let side):
      return "\(name(side)) is to be preferred: quicker, and \(loss(of: side))."
    case (let side, 0): return "\(name(side)) is to be preferred: better, and about as quick."
    case (let better, let quick) where better == quick:
      return "\(name(better)) is to be preferred: better and quicker."
    case (let better, let quick):
      return "It depends: \(name(better)) is better, \(name(quick)) is quicker."
    }
  }

  /// What preferring a side may cost in quality at most.
  private func loss(of side: Int) -> String {
    guard isAccuracy, let interval = leading.interval else { return "no worse that could be told" }
    let most = side > 0 ? -interval.low : interval.high
    return most <= 0
      ? "no less accurate"
      : "what it may lose is at most \(points(most, signed: false)) points of accuracy (95 %)"
  }

  /// Hundredths: `-0.31`.
  private func points(_ fraction: Double, signed: Bool = true) -> String {
    String(format: signed ? "%+.2f" : "%.2f", 100 * fraction)
  }

  private func signed(_ value: Double) -> String {
    (value < 0 ? "-" : "+") + Figures.digits(abs(value))
  }

  /// `p = 0.031`, `p = 4e-12`, `p < 1e-100`.
  private static func probability(_ p: Double) -> String {
    if p < 1e-100 { return "p < 1e-100" }
    return String(format: p < 0.001 ? "p = %.0e" : "p = %.3f", p)
  }
}
