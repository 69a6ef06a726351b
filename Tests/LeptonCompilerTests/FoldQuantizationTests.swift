import LeptonCompiler
import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

/// Networks as others' quantisers write them: signed activations with a zero point, products with weights [K, N].
@Suite("Folding of quantisation with zero points")
struct FoldQuantizationTests {
  @Test("A padded convolution, a pooling and a product become integer kernels, to one step")
  func signedActivations() throws {
    var b = GraphBuilder(name: "g")
    let x = b.input("x", TensorType(.f32, [2, 3, 6, 5]))
    let image = try rounded(x, scale: 0.02, zero: 117, &b)
    let w = try weights([4, 3, 3, 3], axis: 0, &b)
    let bias = try b.add(one: Constant(TensorData([0.1, -0.2, 0.3, 0] as [Float], shape: [4])))
    let sums = try b.add(one: Conv2D(padding: [1, 1, 1, 1]), image, w, bias)
    let signed = try rounded(sums, scale: 0.05, zero: 131, &b)
    let pooled = try rounded(
      b.add(one: MaxPool2D(kernel: [2, 2], strides: [2, 2]), signed), scale: 0.05, zero: 131, &b)
    let rows = try b.add(one: Reshape([2, -1]), pooled)
    let product = try b.add(one: MatMul(), rows, weights([24, 5], axis: 1, &b))
    b.output("y", try rounded(product, scale: 0.1, zero: 90, &b))

    let before = b.graph
    let after = try Pass.foldQuantization(before)
    try after.verify()
    let names = after.nodes.map(\.op.name)
    #expect(names.filter { $0 == "quantized_conv2d" || $0 == "quantized_dense" }.count == 2)
    #expect(!names.contains("conv2d") && !names.contains("matmul"))
    #expect(names.filter { $0 == "round" }.count == 1, "only the input is rounded by itself")

    let data = TensorData((0..<180).map { Float($0 * 37 % 101 - 50) / 25 }, shape: [2, 3, 6, 5])
    let expected = try before.evaluate([data])[0].floats
    let actual = try after.evaluate([data])[0].floats
    #expect(Set(expected).count > 5)
    #expect(zip(expected, actual).allSatisfy { abs($0 - $1) < 0.1001 })
    #expect(zip(expected, actual).filter { abs($0 - $1) > 1e-4 }.count <= 1)
  }

  @Test("Rows of a quantised table are picked as integers")
  func embedding() throws {
    var b = GraphBuilder(name: "g")
    let ids = b.input("ids", TensorType(.i64, [2, 2]))
    let rows = TensorData((0..<15).map { Int8($0 * 29 % 127 - 63) }, shape: [5, 3])
    let table = try b.add(
      one: Dequantize(), b.add(one: Constant(rows)),
      b.add(one: Constant(TensorData(scalar: Float(0.5)))),
      b.add(one: Constant(TensorData(scalar: Int8(3)))))
    b.output("y", try b.add(one: Gather(axis: 0), table, ids))

    let after = try Pass.foldQuantization(b.graph)
    try after.verify()
    let gathered = try #require(after.nodes.first { $0.op is Gather }).result
    #expect(after.type(of: gathered).dtype == .i8)
    let picked = TensorData([4, 0, 2, 4] as [Int64], shape: [2, 2])
    #expect(try after.evaluate([picked]) == b.graph.evaluate([picked]))
  }

  private func rounded(
    _ x: Value, scale: Float, zero: UInt8, _ b: inout GraphBuilder
  ) throws -> Value {
    let scale = try b.add(one: Constant(TensorData(scalar: scale)))
    let zero = try b.add(one: Constant(TensorData(scalar: zero)))
    let integers = try b.add(one: Quantize(dtype: .u8), x, scale, zero)
    return try b.add(one: Dequantize(), integers, scale, zero)
  }

  private func weights(_ shape: Shape, axis: Int, _ b: inout GraphBuilder) throws -> Value {
    let count = shape.elementCount
    let integers = TensorData((0..<count).map { Int8($0 * 29 % 127 - 63) }, shape: shape)
    let scales = (0..<shape[axis]).map { 0.002 + 0.001 * Float($0) }
    return try b.add(
      one: Dequantize(axis: axis), b.add(one: Constant(integers)),
      b.add(one: Constant(TensorData(scales, shape: [shape[axis]]))),
      b.add(one: Constant(TensorData(zeros: TensorType(.i8, [shape[axis]])))))
  }
}
