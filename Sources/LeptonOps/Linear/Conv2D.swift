public import LeptonGraph
public import LeptonValues

/// Two-dimensional convolution (cross-correlation, as in every deep-learning library).
///
/// Operands: input `[N, C, H, W]`, weights `[O, C / groups, kernel height, kernel width]` and, if
/// wanted, bias `[O]`. Result: `[N, O, H', W']`.
public struct Conv2D: Op {
  public static let name = "conv2d"

  /// Vertical, horizontal.
  public var strides: [Int]
  /// Zeros around the input: top, left, bottom, right.
  public var padding: [Int]
  /// Distance between neighbouring taps: vertical, horizontal; 1 is dense.
  public var dilation: [Int]
  /// Channels are split into so many groups that do not see each other.
  public var groups: Int

  public init(
    strides: [Int] = [1, 1], padding: [Int] = [0, 0, 0, 0], dilation: [Int] = [1, 1],
    groups: Int = 1
  ) {
    self.strides = strides
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(operands.count == 3 ? 3 : 2, operands)
    let dtype = try requireFloat(operands)
    let weights = operands[1].shape
    let result = try resultShape(input: operands[0], weights: operands[1])
    if operands.count == 3 { try requireShape(operands[2], [weights[0]], "bias") }
    return [TensorType(dtype, result)]
  }

  /// The type rule without bias; also checks the operands of the gradients.
  package func resultShape(input: TensorType, weights: TensorType) throws -> Shape {
    try requireRank(input, 4, "input", "[N, C, H, W]")
    try requireRank(weights, 4, "weights operand", "[O, C / groups, height, width]")
    let (x, w) = (input.shape, weights.shape)
    guard groups > 0, x[1] == w[1] * groups else {
      throw LeptonError(
        .badInput,
        "conv2d: an input with \(x[1]) channels and weights \(w) do not fit with groups \(groups)",
        fix: "weights are [O, C / groups, height, width]")
    }
    guard w[0] % groups == 0 else {
      throw LeptonError(
        .badInput, "conv2d: \(w[0]) output channels do not split into \(groups) groups")
    }
    let extents = try window(kernel: [w[2], w[3]])
      .resultExtents(height: x[2], width: x[3], of: name)
    return Shape([x[0], w[0]] + extents)
  }

  package func window(kernel: [Int]) throws -> Window2D {
    try Window2D(
      kernel: kernel, strides: strides, padding: padding, dilation: dilation, of: name)
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return node.operands.map { _ in nil } }
    let (x, w) = (node.operands[0], node.operands[1])
    let inputGradient = Conv2DInputGradient(conv: self, inputShape: b.shape(of: x).extents)
    let weightGradient = Conv2DWeightGradient(conv: self, weightShape: b.shape(of: w).extents)
    var result: [Value?] = [
      try b.add(one: inputGradient, w, g), try b.add(one: weightGradient, x, g),
    ]
    if node.operands.count == 3 {
      result.append(try b.add(one: Reduce(.sum, axes: [0, 2, 3], keepDims: false), g))
    }
    return result
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let shape = results[0].shape
    let (x, w) = (operands[0].doubles, operands[1].doubles)
    let plane = shape[2] * shape[3]
    var y = [Double](repeating: 0, count: shape.elementCount)
    if operands.count == 3 {
      let bias = operands[2].doubles
      for index in y.indices { y[index] = bias[index / plane % shape[1]] }
    }
    let loops = try ConvolutionLoops(
      self, input: operands[0].shape, weights: operands[1].shape, result: shape)
    x.withUnsafeBufferPointer { x in
      w.withUnsafeBufferPointer { w in
        y.withUnsafeMutableBufferPointer { y in
          loops.forEachRow { row in
            let weight = w[row.weight]
            for i in 0..<row.count { y[row.result + i] += weight * x[row.input + i * row.stride] }
          }
        }
      }
    }
    return [TensorData(y, as: results[0])]
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    let multiplyAdds = results[0].shape.elementCount * operands[1].shape[1...].reduce(1, *)
    return Cost(flops: 2 * multiplyAdds, operands, results)
  }

  public static let samples = [
    Sample(
      Conv2D(padding: [1, 1, 1, 1]),
      [.normal([2, 3, 6, 5]), .normal([4, 3, 3, 3]), .normal([4])]),
    Sample(
      Conv2D(strides: [2, 3], padding: [0, 2, 1, 0]),
      [.normal([1, 2, 8, 9]), .normal([3, 2, 3, 2]), .normal([3])]),
    Sample(
      Conv2D(padding: [2, 2, 2, 2], dilation: [2, 2], groups: 2),
      [.normal([2, 4, 7, 6]), .normal([6, 2, 3, 3])]),
    Sample(
      Conv2D(strides: [2, 2], padding: [1, 1, 1, 1], groups: 5),
      [.normal([1, 5, 7, 7]), .normal([5, 1, 3, 3]), .normal([5])]),
    Sample(
      Conv2D(groups: 3), [.normal([1, 3, 4, 4]), .normal([6, 1, 2, 2])]),
    Sample(Conv2D(), [.normal([2, 17, 3, 3]), .normal([18, 17, 1, 1]), .normal([18])]),
    Sample(Conv2D(strides: [2, 2]), [.normal([1, 2, 4, 4]), .normal([3, 2, 1, 1])]),
  ]
}
