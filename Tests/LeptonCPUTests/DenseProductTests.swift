import LeptonCPU
import LeptonCompiler
import LeptonGraph
import LeptonOps
import LeptonRuntime
import LeptonValues
import Testing

/// Shapes that operations' samples are too small to show: tails in every extent, several blocks, constant weights.
@Suite("Dense products")
struct DenseProductTests {
  @Test(
    "with constant weights agree with the reference",
    arguments: [
      (1, 300, 16), (2, 17, 32), (6, 257, 48), (101, 64, 80), (7, 5, 10), (3, 0, 16), (13, 800, 37),
    ])
  func constantWeights(rows: Int, depth: Int, outputs: Int) throws {
    for hasBias in [false, true] {
      try check([[rows, depth]]) { b, x in
        let w = try b.add(one: Constant(numbers([outputs, depth])))
        let bias = hasBias ? [try b.add(one: Constant(numbers([outputs])))] : []
        return try b.add(
          FusedMatMul(MatMul(transposeB: true), hasBias: hasBias), [x[0], w] + bias)
      }
    }
  }

  @Test(
    "apply activations",
    arguments: [
      Activation.relu, .clip(-0.5, 2), .sigmoid, .tanh, .gelu(tanh: false), .gelu(tanh: true),
      .silu,
    ])
  func activations(activation: Activation) throws {
    try check([[50, 401], [35]]) { b, x in
      let w = try b.add(one: Constant(numbers([35, 401])))
      return try b.add(
        FusedMatMul(MatMul(transposeB: true), hasBias: true, activation: activation),
        [x[0], w, x[1]])
    }
  }

  @Test("of variable operands", arguments: [(256, 128), (301, 131), (521, 256)])
  func variable(rows: Int, inputs: Int) throws {
    try check([[rows, inputs], [512, inputs]]) { b, x in try b.add(MatMul(transposeB: true), x) }
    try check([[rows, 512], [512, inputs]]) { b, x in try b.add(MatMul(), x) }
    try check([[512, rows], [512, inputs]]) { b, x in try b.add(MatMul(transposeA: true), x) }
    try check([[2, rows, 512], [512, inputs]]) { b, x in try b.add(MatMul(), x) }
  }

  @Test(
    "sum the gradient of a bias beside that of weights",
    arguments: [(256, 512, 128), (771, 1024, 131)])
  func weightGradient(batch: Int, outputs: Int, inputs: Int) throws {
    try check([[batch, outputs], [batch, inputs]]) { b, x in
      try b.add(FusedDenseWeightGradient(), x)
    }
  }

  /// The same bits in every run, and the reference's values on one thread and two.
  private func check(
    _ shapes: [Shape], _ make: (inout GraphBuilder, [Value]) throws -> [Value]
  ) throws {
    var b = GraphBuilder(name: "product")
    let inputs = shapes.enumerated().map { b.input("x\($0)", TensorType(.f32, $1)) }
    for (position, result) in try make(&b, inputs).enumerated() { b.output("y\(position)", result) }
    let feeds = shapes.map { numbers($0) }
    let expected = try b.graph.evaluate(feeds)
    for threads in 1...2 {
      let executable = try CPUBackend().compile(b.graph, CompileOptions(threads: threads))
      let actual = try executable.run(feeds)
      for (one, other) in zip(actual, expected) {
        #expect(one.largestDifference(from: other) < 2e-5)
      }
      #expect(try executable.run(feeds) == actual)
    }
  }

  private func numbers(_ shape: Shape) -> TensorData {
    TensorData((0..<shape.elementCount).map { Float($0 * 7919 % 1009) / 504 - 1 }, shape: shape)
  }
}
