import LeptonGraph
import LeptonOps
import LeptonValues
import Testing

@Suite("Products and convolutions")
struct LinearTests {
  @Test("convolve as PyTorch does: strides, dilation, groups and uneven padding")
  func convolution() throws {
    let conv = Conv2D(strides: [2, 1], padding: [1, 2, 2, 0], dilation: [1, 2], groups: 2)
    let operands = [sine([2, 4, 7, 6]), sine([6, 2, 3, 3], 0.51), sine([6], 0.9)]
    let (results, gradients) = try applied(conv, operands, seed: (0.23, 0))
    #expect(
      Golden(
        [2, 6, 4, 4], [-1.53273002, -0.538432726, -0.301542785, 1.31558679], sum: 23.4793836,
        squares: 1401.13428
      ).matches(results[0]))
    let expected = [
      Golden(
        [2, 4, 7, 6], [3.49245418, 4.23198365, 3.3722975, 3.96162574], sum: 8.17021676,
        squares: 1540.24989),
      Golden(
        [6, 2, 3, 3], [0.0325956738, -0.634761696, -1.80369466, -0.434025809],
        sum: -0.0211934637, squares: 176.133805),
      Golden([6], [0.147243024, -0.50151334], sum: -0.0202186053, squares: 1.62229728),
    ]
    for (golden, gradient) in zip(expected, gradients) { #expect(golden.matches(gradient)) }
  }

  @Test("transpose a convolution as PyTorch does")
  func transposedConvolution() throws {
    let conv = Conv2D(strides: [2, 2], padding: [1, 1, 1, 1], groups: 2)
    let op = Conv2DInputGradient(conv: conv, inputShape: [1, 4, 6, 8])
    let y = try applied(op, [sine([4, 2, 3, 3], 0.51), sine([1, 4, 3, 4])]).results[0].doubles
    let bias = sine([4], 0.9).doubles
    let sum = y.enumerated().reduce(0) { $0 + $1.element + bias[$1.offset / 48] }
    let squares = y.enumerated().reduce(0) {
      let value = $1.element + bias[$1.offset / 48]
      return $0 + value * value
    }
    #expect(abs(sum - 98.7120689) < 1e-6)
    #expect(abs(squares - 356.290705) < 1e-5)
  }

  @Test("say which transposition would make extents fit")
  func innerExtents() throws {
    let operands = [TensorType(.f32, [32, 784]), TensorType(.f32, [10, 784])]
    let error = #expect(throws: LeptonError.self) { try MatMul().resultTypes(of: operands) }
    #expect(error?.what == "matmul: inner extents differ, [32, 784] x [10, 784]")
    #expect(error?.fix == "did you mean to transpose the second operand?")
  }

  @Test("compute the gradient of shared weights without a product for each position")
  func sharedWeights() throws {
    var b = GraphBuilder()
    let x = b.input("x", TensorType(.f32, [8, 16, 32]))
    let w = b.input("w", TensorType(.f32, [64, 32]))
    let y = try b.add(one: MatMul(transposeB: true), x, w)
    let seed = b.input("seed", b.type(of: y))
    let gradient = try #require(
      try b.gradients(of: [(y, seed)], withRespectTo: [w])[0])
    let product = try #require(b.graph.producer(of: gradient))
    #expect(product.op is MatMul)
    #expect(product.operands.allSatisfy { b.shape(of: $0).rank == 2 })
  }

  @Test("take any batch in the gradients of an earlier one")
  func batchExtent() throws {
    var b = GraphBuilder()
    let x = b.input("x", TensorType(.f32, [2, 3, 5, 5]))
    let w = b.input("w", TensorType(.f32, [4, 3, 3, 3]))
    let y = try b.add(one: Conv2D(), x, w)
    let pooled = try b.add(one: AveragePool2D(kernel: [2, 2]), y)
    let resized = try b.add(one: Resize2D(mode: .linear, size: [4, 4]), pooled)
    let seed = b.input("seed", b.type(of: resized))
    for gradient in try b.gradients(of: [(resized, seed)], withRespectTo: [x, w]) {
      b.output("of \(gradient!)", gradient!)
    }
    let wider = try b.graph.specialized([
      "x": TensorType(.f32, [7, 3, 5, 5]), "seed": TensorType(.f32, [7, 4, 4, 4]),
    ])
    #expect(wider.outputs.map { wider.type(of: $0.value).shape } == [[7, 3, 5, 5], [4, 3, 3, 3]])
  }

  @Test(
    "refuse what does not fit",
    arguments: [
      ([4, 3, 5, 5], [8, 4, 3, 3], Conv2D()), ([4, 3, 2, 2], [8, 3, 3, 3], Conv2D()),
      ([4, 4, 5, 5], [7, 2, 3, 3], Conv2D(groups: 2)),
      ([4, 4, 5], [8, 4, 3], Conv2D()), ([4, 3, 5, 5], [8, 3, 3, 3], Conv2D(strides: [0, 1])),
      ([4, 3, 5, 5], [8, 3, 3, 3], Conv2D(padding: [1, 1])),
    ])
  func misfits(_ x: [Int], _ w: [Int], _ conv: Conv2D) {
    #expect(throws: LeptonError.self) {
      try conv.resultTypes(of: [TensorType(.f32, Shape(x)), TensorType(.f32, Shape(w))])
    }
  }
}
