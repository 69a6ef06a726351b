import LeptonData
import LeptonValues
import Testing

@Suite("Split")
struct SplitTests {
  /// Class `c` has as many rows as `sizes[c]`, interleaved.
  static func labels(_ sizes: [Int]) -> [Int32] {
    var generator = SeededGenerator(seed: 11)
    return generator.shuffled(
      sizes.enumerated().flatMap { [Int32](repeating: Int32($0.offset), count: $0.element) })
  }

  static let cases: [([Int], [Double])] = [
    ([50, 50], [0.8, 0.1, 0.1]),
    ([997, 13, 101], [0.7, 0.15, 0.15]),
    ([Int](repeating: 3, count: 40), [0.8, 0.1, 0.1]),
    ([500, 500], [0.2, 0.3]),
    ([10], [1]),
  ]

  @Test("no row is in two parts, and every class comes within a row of its share", arguments: cases)
  func disjoint(sizes: [Int], fractions: [Double]) throws {
    let labels = Self.labels(sizes)
    for seed in UInt64(0)..<20 {
      let parts = try Split.stratified(labels: labels, fractions: fractions, seed: seed)
      let rows = parts.flatMap { $0 }
      #expect(Set(rows).count == rows.count)
      #expect(rows.allSatisfy(labels.indices.contains))
      if fractions.reduce(0, +) > 0.999 { #expect(rows.count == labels.count) }
      for (part, fraction) in zip(parts, fractions) {
        #expect(abs(Double(part.count) - fraction * Double(labels.count)) <= 1 + 1e-9)
        for (label, size) in sizes.enumerated() {
          let count = part.count { labels[$0] == Int32(label) }
          #expect(abs(Double(count) - fraction * Double(size)) < 1 + 1e-9)
        }
      }
    }
  }

  @Test("the same seed gives the same parts, another seed others")
  func determinism() throws {
    let data = try numberedImages(200)
    let (a, b) = (try data.split([0.5, 0.5], seed: 1), try data.split([0.5, 0.5], seed: 1))
    let other = try data.split([0.5, 0.5], seed: 2)
    #expect(a.map(\.fingerprint) == b.map(\.fingerprint))
    #expect(a[0].fingerprint != other[0].fingerprint)
  }

  @Test("fractions that are no shares, and parts without a row, are refused")
  func refusals() {
    for fractions in [[0.9, 0.2], [0], [-0.1], [.nan]] as [[Double]] {
      #expect(throws: LeptonError.self) {
        try Split.stratified(labels: [0, 1, 0, 1], fractions: fractions, seed: 0)
      }
    }
    #expect(throws: LeptonError.self) {
      try Split.stratified(labels: [0, 0, 0], fractions: [0.9, 0.05, 0.05], seed: 0)
    }
  }
}
