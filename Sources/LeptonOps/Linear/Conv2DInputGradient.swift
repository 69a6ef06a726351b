public import LeptonGraph
public import LeptonValues

/// The gradient of a convolution's input, and by itself the transposed convolution.
///
/// Operands: weights `[O, C / groups, height, width]`, gradient `[N, O, H', W']`.
/// Result: `[N, C, H, W]`.
public struct Conv2DInputGradient: Op {
  public static let name = "conv2dInputGradient"

  public var conv: Conv2D
  /// `[0, C, H, W]`: the shape of the result, whose batch is that of the gradient. H or W of `-1 - k` is k more than the
  /// least that has a gradient of such an extent, whichever that is.
  public var inputShape: [Int]

  /// The batch extent of `inputShape` does not count.
  public init(conv: Conv2D, inputShape: [Int]) {
    self.conv = conv
    self.inputShape = [0] + inputShape.dropFirst()
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    let dtype = try requireFloat(operands, count: 2)
    let (weights, gradient) = (operands[0], operands[1])
    try requireRank(gradient, 4, "gradient", "[N, O, H', W']")
    try requireRank(weights, 4, "weights", "[O, C / groups, height, width]")
    let least = try leastExtents(weights: weights.shape, gradient: gradient.shape)
    let extents = zip(inputShape[2...], least).map { $0 < 0 ? $1 - 1 - $0 : $0 }
    let input = TensorType(dtype, Shape([gradient.shape[0], inputShape[1]] + extents))
    try requireShape(
      gradient, try conv.resultShape(input: input, weights: weights), "gradient")
    return [input]
  }

  /// The height and width of the smallest input with a gradient of this shape.
  func leastExtents(weights: Shape, gradient: Shape) throws -> [Int] {
    let window = try conv.window(kernel: [weights[2], weights[3]])
    return zip([window.vertical, window.horizontal], [gradient[2], gradient[3]]).map {
      axis, count in (count - 1) * axis.stride + axis.span - axis.low - axis.high
    }
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil, nil] }
    let (w, incoming) = (node.operands[0], node.operands[1])
    let weightGradient = Conv2DWeightGradient(conv: conv, weightShape: b.shape(of: w).extents)
    return [try b.add(one: weightGradient, g, incoming), try b.add(one: conv, g, w)]
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let (w, g) = (operands[0].doubles, operands[1].doubles)
    var dx = [Double](repeating: 0, count: results[0].shape.elementCount)
    let loops = try ConvolutionLoops(
      conv, input: results[0].shape, weights: operands[0].shape, result: operands[1].shape)
    w.withUnsafeBufferPointer { w in
      g.withUnsafeBufferPointer { g in
        dx.withUnsafeMutableBufferPointer { dx in
          loops.forEachRow { row in
            let weight = w[row.weight]
            for i in 0..<row.count { dx[row.input + i * row.stride] += weight * g[row.result + i] }
          }
        }
      }
    }
    return [TensorData(dx, as: results[0])]
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    let multiplyAdds = operands[1].shape.elementCount * operands[0].shape[1...].reduce(1, *)
    return Cost(flops: 2 * multiplyAdds, operands, results)
  }

  public static let samples = [
    Sample(
      Conv2DInputGradient(conv: Conv2D(padding: [1, 1, 1, 1]), inputShape: [2, 3, 6, 5]),
      [.normal([4, 3, 3, 3]), .normal([2, 4, 6, 5])]),
    Sample(
      Conv2DInputGradient(
        conv: Conv2D(strides: [2, 3], padding: [0, 2, 1, 0]), inputShape: [1, 2, 8, 9]),
      [.normal([3, 2, 3, 2]), .normal([1, 3, 4, 4])]),
    Sample(
      Conv2DInputGradient(
        conv: Conv2D(strides: [2, 2], padding: [2, 2, 2, 2], dilation: [2, 2], groups: 2),
        inputShape: [1, 4, 8, 7]),
      [.normal([6, 2, 3, 3]), .normal([1, 6, 4, 4])]),
    Sample(
      Conv2DInputGradient(
        conv: Conv2D(padding: [1, 1, 1, 1], groups: 5), inputShape: [1, 5, 4, 4]),
      [.normal([5, 1, 3, 3]), .normal([1, 5, 4, 4])]),
  ]
}
