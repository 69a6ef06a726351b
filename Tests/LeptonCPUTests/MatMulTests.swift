import LeptonCPU
import LeptonGraph
import LeptonOps
import LeptonRuntime
import LeptonValues
import Testing

@Suite("Products of matrices on the CPU")
struct MatMulTests {
  /// Where an extent is 1, a matrix and its transpose lie alike, and oneDNN takes their layouts for one. No other test
  /// has the extents 37 and 38.
  @Test("An extent of 1 is computed whatever layout was seen first", arguments: [true, false])
  func unitExtents(transposedFirst: Bool) throws {
    let extent = transposedFirst ? 37 : 38
    let x = TensorData([Float(3)], shape: [1, 1])
    let values = (0..<extent).map { Float($0) }
    for transposed in [transposedFirst, !transposedFirst] {
      let w = TensorData(values, shape: transposed ? [extent, 1] : [1, extent])
      let sample = Sample(MatMul(transposeB: transposed), [.values(x), .values(w)])
      let graph = try sample.graph([x, w])
      let result = try CPUBackend().compile(graph, CompileOptions(threads: 1)).run([x, w])
      #expect(result[0].floats == values.map { 3 * $0 })
    }
  }
}
