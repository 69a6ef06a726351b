import LeptonCPU
import LeptonCompiler
import LeptonGraph
import LeptonOps
import LeptonRuntime
import LeptonValues
import Testing

/// Attention as frameworks write it, found by the compiler and run head by head.
@Suite("Attention in one pass")
struct FusedAttentionTests {
  /// Rows of queries and of keys, and widths of a head, with tails in every direction and more than one block.
  static let shapes = [
    (queries: 1, keys: 1, depth: 1, width: 1), (queries: 7, keys: 17, depth: 5, width: 3),
    (queries: 64, keys: 64, depth: 32, width: 32), (queries: 13, keys: 300, depth: 33, width: 18),
    (queries: 100, keys: 31, depth: 260, width: 16),
  ]

  @Test("agrees with the operations that it is made of", arguments: shapes)
  func agrees(queries: Int, keys: Int, depth: Int, width: Int) throws {
    for hasMask in [false, true] {
      let graph = try attention(queries, keys, depth, width, hasMask: hasMask) { x, _, _ in x }
      let feeds = graph.dataInputs.map { numbers(graph.type(of: $0.value).shape) }
      let expected = try graph.evaluate(feeds)[0]
      try check(graph, feeds, within: 1e-5, of: expected)
    }
  }

  @Test("keeps the roundings of a quantised network")
  func rounds() throws {
    let graph = try attention(40, 24, 16, 20, hasMask: true) { x, scale, b in
      let constants = try [Float(scale)].map { try b.add(one: Constant(TensorData(scalar: $0))) }
      let zero = try b.add(one: Constant(TensorData([121], as: TensorType(.u8, []))))
      let integers = try b.add(one: Quantize(dtype: .u8), x, constants[0], zero)
      return try b.add(one: Dequantize(), integers, constants[0], zero)
    }
    let feeds = graph.dataInputs.map { numbers(graph.type(of: $0.value).shape) }
    let expected = try graph.evaluate(feeds)[0]
    // A sum beside the middle between two integers may round to either: one step of the result's scale, in few places.
    let step = 0.0101 / expected.doubles.map(abs).max()!
    let actual = try check(graph, feeds, within: step, of: expected)
    let moved = zip(actual.doubles, expected.doubles).count { abs($0 - $1) > 0.005 }
    #expect(moved * 200 <= expected.elementCount, "\(moved) of \(expected.elementCount)")
  }

  @discardableResult
  private func check(
    _ graph: Graph, _ feeds: [TensorData], within tolerance: Double, of expected: TensorData
  ) throws -> TensorData {
    let compiled = try graph.applying(Pipelines.inference(CPUBackend(), .f32))
    let fused = compiled.nodes.filter { $0.op is FusedAttention }
    #expect(fused.count == 1, "\(compiled)")
    var runs: [TensorData] = []
    for threads in [1, 1, 2] {
      let executable = try CPUBackend().compile(compiled, CompileOptions(threads: threads))
      runs.append(try executable.run(feeds)[0])
      runs.append(try executable.run(feeds)[0])
    }
    #expect(runs[0].largestDifference(from: expected) <= tolerance)
    #expect(runs.allSatisfy { $0 == runs[0] }, "other bits")
    return runs[0]
  }

  /// `[2, rows, 3 heads, width]` each, transposed as PyTorch does; `rounded` stands around every product.
  private func attention(
    _ queries: Int, _ keys: Int, _ depth: Int, _ width: Int, hasMask: Bool,
    _ rounded: (Value, Double, inout GraphBuilder) throws -> Value
  ) throws -> Graph {
    var b = GraphBuilder(name: "attention")
    func heads(_ name: String, _ rows: Int, _ columns: Int, _ order: [Int]) throws -> Value {
      let x = b.input(name, TensorType(.f32, [2, rows, 3, columns]))
      return try rounded(b.add(one: Transpose(order), x), 0.01, &b)
    }
    let query = try heads("q", queries, depth, [0, 2, 1, 3])
    let key = try heads("k", keys, depth, [0, 2, 3, 1])
    let value = try heads("v", keys, width, [0, 2, 1, 3])
    let scale = try b.add(one: Constant(TensorData(scalar: Float(depth).squareRoot())))
    let products = try b.add(one: MatMul(), query, key)
    var scores = try rounded(b.add(one: Divide(), products, scale), 0.02, &b)
    if hasMask {
      let mask = b.input("mask", TensorType(.f32, [2, 1, 1, keys]))
      scores = try b.add(one: Add(), scores, mask)
    }
    let weights = try rounded(b.add(one: Softmax(), scores), 1.0 / 128, &b)
    let sums = try rounded(b.add(one: MatMul(), weights, value), 0.01, &b)
    let rows = try b.add(one: Transpose([0, 2, 1, 3]), sums)
    b.output("y", try b.add(one: Reshape([2, queries, 3 * width]), rows))
    return b.graph
  }

  private func numbers(_ shape: Shape) -> TensorData {
    TensorData((0..<shape.elementCount).map { Float($0 * 7919 % 1009) / 507 - 1 }, shape: shape)
  }
}
