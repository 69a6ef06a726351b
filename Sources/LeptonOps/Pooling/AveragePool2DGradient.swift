public import LeptonGraph
public import LeptonValues

/// The gradient of average pooling: each element of the gradient is shared among its window.
/// Operand: the gradient of the pool's result.
public struct AveragePool2DGradient: Op {
  public static let name = "averagePool2dGradient"

  public var pool: AveragePool2D
  /// `[0, C, H, W]`: the shape of the result, whose batch is that of the gradient.
  public var inputShape: [Int]

  /// The batch extent of `inputShape` does not count.
  public init(pool: AveragePool2D, inputShape: [Int]) {
    self.pool = pool
    self.inputShape = [0] + inputShape.dropFirst()
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try requireFloat(operands, count: 1)
    try requireRank(operands[0], 4, "gradient", "[N, C, H', W']")
    let shape = Shape([operands[0].shape[0]] + inputShape.dropFirst())
    let input = operands[0].with(shape: shape)
    try requireShape(operands[0], try pool.resultShape(input), "gradient")
    return [input]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil] }
    return [try b.add(one: pool, g)]
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let places = PoolPlaces(
      try pool.window(), input: results[0].shape, result: operands[0].shape)
    let divisors = pool.divisors(places)
    var g = operands[0].doubles
    for position in g.indices { g[position] /= divisors[position % divisors.count] }
    var dx = [Double](repeating: 0, count: results[0].shape.elementCount)
    places.forEach { position, element in dx[element] += g[position] }
    return [TensorData(dx, as: results[0])]
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    let windows = operands[0].shape.elementCount
    return Cost(flops: windows * pool.kernel[0] * pool.kernel[1], operands, results)
  }

  public static let samples = [
    Sample(
      AveragePool2DGradient(pool: AveragePool2D(kernel: [2, 2]), inputShape: [2, 3, 6, 5]),
      [.normal([2, 3, 3, 2])], onnx: false),
    Sample(
      AveragePool2DGradient(
        pool: AveragePool2D(kernel: [3, 3], strides: [2, 2], padding: [1, 1, 1, 1]),
        inputShape: [1, 17, 7, 6]), [.normal([1, 17, 4, 3])], onnx: false),
    Sample(
      AveragePool2DGradient(
        pool: AveragePool2D(
          kernel: [3, 2], strides: [2, 1], padding: [1, 0, 2, 1], countIncludesPadding: false),
        inputShape: [1, 2, 5, 6]), [.normal([1, 2, 3, 6])], onnx: false),
  ]
}
