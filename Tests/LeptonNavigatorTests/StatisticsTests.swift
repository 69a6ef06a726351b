import Foundation
import LeptonNavigator
import Testing

/// Expected values are those of SciPy 1.17 unless a comment says otherwise.
@Suite("Statistics")
struct StatisticsTests {
  @Test(
    "Wilson's score interval of a proportion",
    arguments: [
      (90, 100, 0.8256343384950865, 0.9447708629393249), (0, 20, 0, 0.16112515805281935),
      (20, 20, 0.8388748419471808, 1), (199, 200, 0.972226295602107, 0.999116831284399),
    ])
  func wilson(_ successes: Int, _ count: Int, _ low: Double, _ high: Double) {
    let interval = Interval.ofProportion(successes, of: count)
    #expect(abs(interval.low - low) < 1e-12 && abs(interval.high - high) < 1e-12)
  }

  @Test("Nothing is known of a proportion of no examples")
  func wilsonOfNone() {
    #expect(Interval.ofProportion(0, of: 0) == Interval(low: 0, high: 1))
  }

  @Test(
    "The median of repeated runs lies between order statistics",
    arguments: [
      (1, 0), (5, 0), (6, 0), (8, 0), (9, 1), (11, 1), (12, 2), (15, 3), (17, 4), (19, 4),
    ])
  func median(count: Int, leftOut: Int) {
    let interval = Interval.ofMedian((0..<count).reversed().map(Double.init))
    #expect(interval == Interval(low: Double(leftOut), high: Double(count - 1 - leftOut)))
  }

  @Test("The percentile interval of resamples is that of NumPy, and ignores what is no number")
  func percentiles() throws {
    let values = (1...10).map(Double.init)
    #expect(Interval(ofResamples: values.reversed()) == Interval(low: 1.225, high: 9.775))
    #expect(Interval(ofResamples: values + [.nan]) == Interval(low: 1.225, high: 9.775))
    #expect(Interval(ofResamples: [1, .nan, .nan]) == nil)
    #expect(Interval(ofResamples: []) == nil)
  }

  @Test(
    "McNemar's test, exact and by chi-square with correction",
    arguments: [
      (5, 15, 0.04138946533203125, 4.05, 0.04417134490844271), (10, 10, 1, 0, 1),
      (0, 3, 0.25, 1.3333333333333333, 0.24821307898992026),
      (70, 30, 7.85013964559367e-05, 15.21, 9.619268803520536e-05),
      (480, 560, 0.014259079095385853, 6.000961538461539, 0.014298083798964153), (0, 0, 1, 0, 1),
    ])
  func mcNemar(_ a: Int, _ b: Int, _ exact: Double, _ statistic: Double, _ corrected: Double) {
    let test = McNemar(onlyFirst: a, onlySecond: b)
    #expect(abs(test.exact - exact) < 1e-9 * max(1e-3, exact))
    #expect(abs(test.statistic - statistic) < 1e-12)
    #expect(abs(test.corrected - corrected) < 1e-12)
    #expect(test.p == (a + b < 1000 ? test.exact : test.corrected))
  }

  @Test("A proportion's bootstrap interval is that of the binomial distribution")
  func bootstrapOfProportion() throws {
    let interval = try #require(
      Bootstrap(resamples: 4000).intervals(of: [90, 10]) { [Double($0[0]) / 100] }[0])
    // The 2.5 and 97.5 percentiles of 200,000 binomial draws: 0.84, 0.95; one step of the grid is allowed.
    #expect(abs(interval.low - 0.84) <= 0.0101 && abs(interval.high - 0.95) <= 0.0101)
  }

  @Test("Cells and single examples give the same interval but for chance")
  func cellsAndExamples() throws {
    let cells = try #require(
      Bootstrap(resamples: 3000, seed: 1).intervals(of: [180, 20]) { [Double($0[1]) / 200] }[0])
    let single = try #require(
      Bootstrap(resamples: 3000, seed: 2).intervals(of: [Int](repeating: 1, count: 200)) {
        [Double($0.prefix(20).reduce(0, +)) / 200]
      }[0])
    #expect(abs(cells.low - single.low) < 0.012 && abs(cells.high - single.high) < 0.012)
  }

  @Test("The interval of a mean is near that of the normal distribution")
  func bootstrapOfMean() throws {
    let values = (0..<40).map { fmod(0.1 * Double($0 * $0), 1.7) }
    let interval = try #require(
      Bootstrap(resamples: 4000).intervals(of: [Int](repeating: 1, count: 40)) { counts in
        [zip(values, counts).reduce(0) { $0 + $1.0 * Double($1.1) } / 40]
      }[0])
    // 20,000 resamples by NumPy: 0.605 to 0.955.
    #expect(abs(interval.low - 0.605) < 0.02 && abs(interval.high - 0.955) < 0.02)
  }

  @Test("Every resample has as many examples, and a seed gives the same ones")
  func resamples() {
    for cells in [[5, 0, 3], [100_000, 3, 50_000], [1, 1, 1, 1], [7]] {
      var draws: [[Int]] = []
      _ = Bootstrap(resamples: 50, seed: 9).intervals(of: cells) { counts in
        draws.append(counts)
        return [0]
      }
      #expect(draws.allSatisfy { $0.reduce(0, +) == cells.reduce(0, +) })
      #expect(draws.allSatisfy { zip($0, cells).allSatisfy { $1 > 0 || $0 == 0 } })
      var again: [[Int]] = []
      _ = Bootstrap(resamples: 50, seed: 9).intervals(of: cells) { counts in
        again.append(counts)
        return [0]
      }
      #expect(draws == again)
    }
  }

  @Test(
    "Counts of cells have the mean and the variance of the binomial distribution",
    arguments: [(1000, 0.004), (1000, 0.4), (1_000_000, 0.93), (40, 0.5)])
  func binomialMoments(count: Int, probability: Double) {
    let inside = Int(Double(count) * probability)
    var draws: [Double] = []
    _ = Bootstrap(resamples: 4000, seed: 5).intervals(of: [inside, count - inside]) { counts in
      draws.append(Double(counts[0]))
      return [0]
    }
    let mean = draws.reduce(0, +) / 4000
    let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4000
    let expected = Double(inside) * (1 - probability)
    #expect(abs(mean - Double(inside)) < 5 * (expected / 4000).squareRoot())
    #expect(abs(variance / expected - 1) < 0.15)
  }
}
