import LeptonData

/// Confidence intervals by drawing the examples again, with replacement (Efron, 1979), from a seeded generator.
///
/// Examples that count the same stand in one cell. A resample is how often each cell was drawn, so a figure is a function
/// of counts, and where there are few cells, as in a confusion matrix, the time does not depend on the number of examples.
///
/// ```swift
/// // 90 right, 10 wrong
/// Bootstrap().intervals(of: [90, 10]) { [Double($0[0]) / 100] }
/// ```
public struct Bootstrap: Sendable, Hashable {
  public var resamples: Int
  public var seed: UInt64

  public init(resamples: Int = 1000, seed: UInt64 = 0) {
    self.resamples = resamples
    self.seed = seed
  }

  /// As many resamples of so many single examples as take a fraction of a second: 1000 of up to 50,000 examples, never fewer
  /// than 200.
  public static func ofExamples(_ count: Int, seed: UInt64 = 0) -> Bootstrap {
    Bootstrap(resamples: min(1000, max(200, 50_000_000 / max(1, count))), seed: seed)
  }

  /// The interval of each figure; nil for one that most resamples leave undefined (not a number).
  ///
  /// - Parameters:
  ///   - cells: the number of examples in each cell.
  ///   - figures: computes the figures from how often each cell was drawn; always as many.
  public func intervals(of cells: [Int], _ figures: ([Int]) -> [Double]) -> [Interval?] {
    resampled(cells, figures).map { Interval(ofResamples: $0) }
  }

  /// The values of each figure in all resamples.
  func resampled(_ cells: [Int], _ figures: ([Int]) -> [Double]) -> [[Double]] {
    var generator = SeededGenerator(seed: seed, stream: Self.stream)
    let population = Population(cells)
    var counts = [Int](repeating: 0, count: cells.count)
    var values: [[Double]] = []
    for _ in 0..<max(1, resamples) {
      population.draw(into: &counts, &generator)
      let drawn = figures(counts)
      if values.isEmpty { values = [[Double]](repeating: [], count: drawn.count) }
      for (index, value) in drawn.enumerated() { values[index].append(value) }
    }
    return values
  }

  /// Sets these draws apart from those of shuffles with the same seed.
  private static let stream = 0x626F_6F74
}

/// Examples in cells, to draw as many of with replacement.
private struct Population {
  private let cells: [Int]
  private let total: Int
  /// The cell of each example, where drawing one after the other is quicker than one cell after the other.
  private let owners: [Int32]?

  init(_ cells: [Int]) {
    self.cells = cells
    total = cells.reduce(0, +)
    owners =
      cells.count * 20 < total
      ? nil
      : cells.indices.flatMap { [Int32](repeating: Int32($0), count: cells[$0]) }
  }

  func draw(into counts: inout [Int], _ generator: inout SeededGenerator) {
    guard let owners else { return drawCells(into: &counts, &generator) }
    counts.withUnsafeMutableBufferPointer { counts in
      owners.withUnsafeBufferPointer { owners in
        counts.update(repeating: 0)
        for _ in 0..<owners.count { counts[Int(owners[generator.below(owners.count)])] += 1 }
      }
    }
  }

  /// Each cell's count, given those before it, is binomial.
  private func drawCells(into counts: inout [Int], _ generator: inout SeededGenerator) {
    var (draws, left) = (total, total)
    for (index, cell) in cells.enumerated() {
      counts[index] =
        left > 0 ? generator.binomial(draws, Double(cell) / Double(left)) : 0
      draws -= counts[index]
      left -= cell
    }
  }
}
