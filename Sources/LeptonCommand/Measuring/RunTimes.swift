import Foundation

/// How long the runs of something took.
struct RunTimes {
  /// In milliseconds, ascending.
  private let sorted: [Double]

  /// Runs `body` a few times to warm up, then for `seconds`, but at least five times.
  init(seconds: Double, warmUp: Int = 3, _ body: () throws -> Void) rethrows {
    for _ in 0..<warmUp { try body() }
    var times: [Double] = []
    let end = ContinuousClock.now + .seconds(seconds)
    while times.count < 5 || ContinuousClock.now < end { times.append(try Self.milliseconds(body)) }
    sorted = times.sorted()
  }

  /// What one run of `body` takes.
  static func milliseconds(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    let taken = (ContinuousClock.now - start).components
    return Double(taken.seconds) * 1e3 + Double(taken.attoseconds) * 1e-15
  }

  var count: Int { sorted.count }
  var total: Double { sorted.reduce(0, +) }
  var least: Double { sorted[0] }

  /// Examples in a second, for runs of so many.
  func throughput(examples: Int) -> Double { Double(count * examples) / total * 1e3 }

  /// The smallest time that `percent` of the runs did not exceed.
  func percentile(_ percent: Double) -> Double {
    let rank = Int((percent / 100 * Double(count)).rounded(.up))
    return sorted[min(max(rank, 1), count) - 1]
  }
}
