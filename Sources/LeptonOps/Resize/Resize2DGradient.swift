public import LeptonGraph
public import LeptonValues

/// The gradient of a resize: each element of the gradient goes back to the elements that it was
/// mixed of. Operand: the gradient of the result.
public struct Resize2DGradient: CompositeOp {
  public static let name = "resize2dGradient"

  public var resize: Resize2D
  /// `[0, C, H, W]`: the shape of the result, whose batch is that of the gradient.
  public var inputShape: [Int]

  /// The batch extent of `inputShape` does not count.
  public init(resize: Resize2D, inputShape: [Int]) {
    self.resize = resize
    self.inputShape = [0] + inputShape.dropFirst()
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try requireFloat(operands, count: 1)
    try requireRank(operands[0], 4, "gradient", "[N, C, H', W']")
    let shape = Shape([operands[0].shape[0]] + inputShape.dropFirst())
    let input = operands[0].with(shape: shape)
    try requireShape(operands[0], try resize.resultShape(input), "gradient")
    return [input]
  }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    let axes = try resize.axes(Shape(inputShape))
    let dtype = b.dtype(of: operands[0])
    let vertical = try b.constant(axes[0].matrix(dtype))
    let horizontal = try b.constant(axes[1].matrix(dtype))
    let columns = try b.add(one: MatMul(transposeA: true), vertical, operands[0])
    return [try b.add(one: MatMul(), columns, horizontal)]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil] }
    return [try b.add(one: resize, g)]
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let shape = results[0].shape
    let g = operands[0].doubles
    var dx = [Double](repeating: 0, count: shape.elementCount)
    forEachTap(try resize.axes(shape), planes: shape[0] * shape[1]) { result, input, weight in
      dx[input] += weight * g[result]
    }
    return [TensorData(dx, as: results[0])]
  }

  public static let samples = [
    Sample(
      Resize2DGradient(
        resize: Resize2D(
          mode: .nearest, coordinates: .asymmetric, rounding: .floor, scales: [2, 2]),
        inputShape: [1, 2, 3, 4]), [.normal([1, 2, 6, 8])], onnx: false),
    Sample(
      Resize2DGradient(
        resize: Resize2D(mode: .linear, scales: [2, 1.5]), inputShape: [2, 3, 4, 4]),
      [.normal([2, 3, 8, 6])], onnx: false),
    Sample(
      Resize2DGradient(resize: Resize2D(mode: .linear, size: [2, 3]), inputShape: [1, 1, 5, 7]),
      [.normal([1, 1, 2, 3])], onnx: false),
  ]
}
