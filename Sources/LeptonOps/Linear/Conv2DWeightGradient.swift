public import LeptonGraph
public import LeptonValues

/// The gradient of a convolution's weights.
///
/// Operands: input `[N, C, H, W]`, gradient `[N, O, H', W']`.
/// Result: `[O, C / groups, height, width]`.
public struct Conv2DWeightGradient: Op {
  public static let name = "conv2dWeightGradient"

  public var conv: Conv2D
  /// The shape of the result.
  public var weightShape: [Int]

  public init(conv: Conv2D, weightShape: [Int]) {
    self.conv = conv
    self.weightShape = weightShape
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(2, operands)
    let weights = TensorType(try requireFloat(operands), Shape(weightShape))
    try requireShape(
      operands[1], try conv.resultShape(input: operands[0], weights: weights), "gradient")
    return [weights]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil, nil] }
    let (x, incoming) = (node.operands[0], node.operands[1])
    let inputGradient = Conv2DInputGradient(conv: conv, inputShape: b.shape(of: x).extents)
    return [try b.add(one: inputGradient, g, incoming), try b.add(one: conv, x, g)]
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let (x, g) = (operands[0].doubles, operands[1].doubles)
    var dw = [Double](repeating: 0, count: results[0].shape.elementCount)
    let loops = try ConvolutionLoops(
      conv, input: operands[0].shape, weights: results[0].shape, result: operands[1].shape)
    x.withUnsafeBufferPointer { x in
      g.withUnsafeBufferPointer { g in
        dw.withUnsafeMutableBufferPointer { dw in
          loops.forEachRow { row in
            var sum = 0.0
            for i in 0..<row.count { sum += x[row.input + i * row.stride] * g[row.result + i] }
            dw[row.weight] += sum
          }
        }
      }
    }
    return [TensorData(dw, as: results[0])]
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    let multiplyAdds = operands[1].shape.elementCount * weightShape[1...].reduce(1, *)
    return Cost(flops: 2 * multiplyAdds, operands, results)
  }

  public static let samples = [
    Sample(
      Conv2DWeightGradient(conv: Conv2D(padding: [1, 1, 1, 1]), weightShape: [4, 3, 3, 3]),
      [.normal([2, 3, 6, 5]), .normal([2, 4, 6, 5])], onnx: false),
    Sample(
      Conv2DWeightGradient(
        conv: Conv2D(strides: [2, 3], padding: [0, 2, 1, 0]), weightShape: [3, 2, 3, 2]),
      [.normal([1, 2, 8, 9]), .normal([1, 3, 4, 4])], onnx: false),
    Sample(
      Conv2DWeightGradient(
        conv: Conv2D(strides: [2, 2], padding: [2, 2, 2, 2], dilation: [2, 2], groups: 2),
        weightShape: [6, 2, 3, 3]),
      [.normal([1, 4, 8, 7]), .normal([1, 6, 4, 4])], onnx: false),
    Sample(
      Conv2DWeightGradient(
        conv: Conv2D(padding: [1, 1, 1, 1], groups: 5), weightShape: [5, 1, 3, 3]),
      [.normal([1, 5, 4, 4]), .normal([1, 5, 4, 4])], onnx: false),
  ]
}
