import LeptonData
import Testing

@Suite("Seeded generator")
struct SeededGeneratorTests {
  @Test("matches the published SplitMix64 sequence for seed 1234567")
  func reference() {
    var generator = SeededGenerator(seed: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
      4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
    ]
    #expect((0..<5).map { _ in generator.next() } == expected)
  }

  @Test("streams of one seed differ in every part of their name")
  func streams() {
    let streams: [SeededGenerator] = [
      SeededGenerator(seed: 1, stream: 0), SeededGenerator(seed: 1, stream: 1),
      SeededGenerator(seed: 2, stream: 0), SeededGenerator(seed: 1, stream: 0, 0),
      SeededGenerator(seed: 1, stream: 0, 1), SeededGenerator(seed: 1, stream: 1, 0),
      SeededGenerator(seed: 1, stream: -1),
    ]
    let firsts = streams.map { stream in
      var stream = stream
      return stream.next()
    }
    #expect(Set(firsts).count == streams.count)
  }

  @Test("numbers below a bound are evenly spread", arguments: [1, 2, 7, 10])
  func below(bound: Int) {
    var generator = SeededGenerator(seed: 3)
    var counts = [Int](repeating: 0, count: bound)
    for _ in 0..<(1000 * bound) { counts[generator.below(bound)] += 1 }
    #expect(counts.allSatisfy { abs($0 - 1000) < 150 })
  }

  @Test("normal numbers have mean 0 and variance 1")
  func normal() {
    var generator = SeededGenerator(seed: 4)
    let draws = (0..<20_000).map { _ in Double(generator.normal()) }
    let mean = draws.reduce(0, +) / 20_000
    let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
    #expect(abs(mean) < 0.03)
    #expect(abs(variance - 1) < 0.04)
    #expect(draws.filter { abs($0) < 1 }.count > 13_200)
  }

  @Test("a shuffle is a permutation, and another one for another seed")
  func shuffle() {
    var one = SeededGenerator(seed: 5)
    var other = SeededGenerator(seed: 6)
    let (a, b) = (one.shuffled(0..<100), other.shuffled(0..<100))
    #expect(a.sorted() == Array(0..<100))
    #expect(a != b)
    #expect(a != Array(0..<100))
  }
}
