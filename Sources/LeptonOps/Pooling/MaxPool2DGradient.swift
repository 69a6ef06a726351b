public import LeptonGraph
public import LeptonValues

/// The gradient of max pooling: each element of the gradient goes to the maximum of its window,
/// the first of equals. Operands: the pool's input and the gradient of its result.
public struct MaxPool2DGradient: Op {
  public static let name = "maxPool2dGradient"

  public var pool: MaxPool2D

  public init(pool: MaxPool2D) { self.pool = pool }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try requireFloat(operands, count: 2)
    let result = try pool.resultTypes(of: [operands[0]])[0]
    try requireShape(operands[1], result.shape, "gradient")
    return [operands[0]]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    throw notDifferentiable(node, fix: "take second derivatives through average pooling")
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let g = operands[1].doubles
    let winners = try pool.winners(operands[0].doubles, operands[0].shape, operands[1].shape)
    var dx = [Double](repeating: 0, count: results[0].shape.elementCount)
    for (winner, g) in zip(winners, g) {
      if let winner { dx[winner] += g }
    }
    return [TensorData(dx, as: results[0])]
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    Cost(flops: operands[1].shape.elementCount, operands, results)
  }

  public static let samples = [
    Sample(
      MaxPool2DGradient(pool: MaxPool2D(kernel: [2, 2])),
      [.distinct([2, 3, 6, 4]), .normal([2, 3, 3, 2])], differentiable: false, onnx: false),
    Sample(
      MaxPool2DGradient(
        pool: MaxPool2D(kernel: [3, 3], strides: [2, 2], padding: [1, 1, 1, 1])),
      [.distinct([1, 17, 7, 6]), .normal([1, 17, 4, 3])], differentiable: false, onnx: false),
    Sample(
      MaxPool2DGradient(pool: MaxPool2D(kernel: [2, 2])),
      [.values(TensorData(zeros: TensorType(.f32, [1, 1, 4, 4]))), .normal([1, 1, 2, 2])],
      differentiable: false, onnx: false),
  ]
}
