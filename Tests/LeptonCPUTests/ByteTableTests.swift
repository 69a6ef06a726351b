import LeptonCPU
import LeptonGraph
import LeptonOps
import LeptonRuntime
import LeptonValues
import Testing

/// Programs over one operand of bytes are looked up, not computed.
@Suite("Tables of bytes")
struct ByteTableTests {
  @Test("agree with the reference", arguments: [DType.u8, .i8], [DType.u8, .i8, .f32])
  func agrees(from: DType, to: DType) throws {
    var p = ScalarProgram(operandCount: 1)
    let real = p.step(.multiply, p.operands[0], p.constant(0.03))
    let bent = p.step(.add, p.step(.tangentH, real), p.step(.multiply, real, real))
    let scaled = p.step(.multiply, bent, p.constant(3.7))
    let rounded = p.step(.roundToEven, p.step(.add, scaled, p.constant(0.151)))
    let high = p.step(.minimum, rounded, p.constant(to == .u8 ? 255 : 127))
    p.results = [p.step(.truncate, p.step(.maximum, high, p.constant(to == .u8 ? 0 : -128)))]
    for count in [1025, 1056, 40_001] {
      var b = GraphBuilder(name: "bytes")
      let type = TensorType(from, [count])
      let x = b.input("x", type)
      b.output("y", try b.add(FusedElementwise(program: p, dtypes: [to]), [x])[0])
      let low = from == .u8 ? 0.0 : -128
      let feed = TensorData((0..<count).map { Double($0 * 7919 % 256) + low }, as: type)
      let expected = try b.graph.evaluate([feed])[0]
      for threads in 1...2 {
        let executable = try CPUBackend().compile(b.graph, CompileOptions(threads: threads))
        #expect(try executable.run([feed])[0] == expected)
      }
    }
  }
}
