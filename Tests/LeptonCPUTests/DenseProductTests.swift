import LeptonCPU
import LeptonCompiler
import LeptonGraph
import LeptonOps
import LeptonRuntime
import LeptonValues
import Testing

/// Constant weights are packed when the plan is made, which an operation's samples do not show.
@Suite("Dense layers with constant weights")
struct DenseProductTests {
  @Test(
    "agree with the reference",
    arguments: [(1, 300, 16), (2, 17, 32), (6, 257, 48), (101, 64, 80), (7, 5, 10), (3, 0, 16)])
  func agrees(rows: Int, depth: Int, outputs: Int) throws {
    for activation in [nil, Activation.relu] {
      for hasBias in [false, true] {
        var b = GraphBuilder(name: "dense")
        let x = b.input("x", TensorType(.f32, [rows, depth]))
        let w = try b.add(one: Constant(numbers([outputs, depth])))
        let bias = hasBias ? [try b.add(one: Constant(numbers([outputs])))] : []
        let op = FusedMatMul(
          MatMul(transposeB: true), hasBias: hasBias, activation: activation)
        b.output("y", try b.add(op, [x, w] + bias)[0])
        let feeds = [numbers([rows, depth])]
        let expected = try b.graph.evaluate(feeds)[0]
        for threads in 1...2 {
          let executable = try CPUBackend().compile(b.graph, CompileOptions(threads: threads))
          let actual = try executable.run(feeds)[0]
          #expect(actual.largestDifference(from: expected) < 1e-5)
        }
      }
    }
  }

  private func numbers(_ shape: Shape) -> TensorData {
    TensorData((0..<shape.elementCount).map { Float($0 * 7919 % 1009) / 504 - 1 }, shape: shape)
  }
}
