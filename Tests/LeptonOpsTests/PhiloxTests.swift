import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

@Suite("Random bits")
struct PhiloxTests {
  /// The known answers that Salmon et al. publish with their reference implementation (Random123).
  @Test(
    "are those of the published generator",
    arguments: [
      (
        SIMD4<UInt32>(repeating: 0), SIMD2<UInt32>(repeating: 0),
        SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
      ),
      (
        SIMD4(repeating: UInt32.max), SIMD2(repeating: UInt32.max),
        SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
      ),
      (
        SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
        SIMD2(0xa409_3822, 0x299f_31d0),
        SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
      ),
    ])
  func knownAnswers(
    _ counter: SIMD4<UInt32>, _ key: SIMD2<UInt32>, _ expected: SIMD4<UInt32>
  ) {
    #expect(Philox(key: key).block(counter) == expected)
  }

  @Test("come four to a block, whatever is asked for first")
  func words() {
    let philox = Philox(key: SIMD2(3, 4))
    let block = philox.block(SIMD4(2, 0, 9, 0))
    #expect((8..<12).map { philox.word($0, stream: 9) } == (0..<4).map { block[$0] })
  }

  @Test("are uniform, and differ by stream and key")
  func uniform() throws {
    let count = 4096
    func draw(_ key: [Int64], _ stream: Int) throws -> [Double] {
      let op = RandomUniform(shape: [count], stream: stream)
      let key = TensorData(key, shape: [2])
      return try op.reference([key], op.resultTypes(of: [key.type]))[0].doubles
    }
    let numbers = try draw([1, 2], 0)
    #expect(numbers.allSatisfy { (0..<1).contains($0) })
    let mean = numbers.reduce(0, +) / Double(count)
    let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
    #expect(abs(mean - 0.5) < 0.02)
    #expect(abs(variance - 1.0 / 12) < 0.004)
    #expect(try draw([1, 2], 0) == numbers)
    #expect(try draw([1, 2], 1) != numbers)
    #expect(try draw([2, 1], 0) != numbers)
  }
}
