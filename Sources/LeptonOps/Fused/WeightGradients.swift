public import LeptonGraph
import LeptonValues

/// The gradients of a convolution's weights and bias from one pass: operands x, g; results dw, db.
public struct FusedConv2DWeightGradient: CompositeOp {
  public static let name = "fused_conv2d_weight_gradient"

  public var gradient: Conv2DWeightGradient

  public init(_ gradient: Conv2DWeightGradient) { self.gradient = gradient }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    try expect(2, operands.map { b.type(of: $0) })
    return [
      try b.add(gradient, operands)[0],
      try b.add(one: Reduce(.sum, axes: [0, 2, 3], keepDims: false), operands[1]),
    ]
  }

  public static let samples = [
    Sample(
      FusedConv2DWeightGradient(
        Conv2DWeightGradient(
          conv: Conv2D(padding: [1, 1, 1, 1]), weightShape: [16, 16, 3, 3])),
      [.normal([2, 16, 5, 5]), .normal([2, 16, 5, 5])], differentiable: false, onnx: false)
  ]
}

/// The gradients of a dense layer `y = x wᵀ + b` from one pass: operands g [N, O], x [N, K]; results dw [O, K], db [O].
public struct FusedDenseWeightGradient: CompositeOp {
  public static let name = "fused_dense_weight_gradient"

  public init() {}

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    try expect(2, operands.map { b.type(of: $0) })
    return [
      try b.add(one: MatMul(transposeA: true), operands[0], operands[1]),
      try b.add(one: Reduce(.sum, axes: [0], keepDims: false), operands[0]),
    ]
  }

  public static let samples = [
    Sample(
      FusedDenseWeightGradient(), [.normal([4, 6]), .normal([4, 8])], differentiable: false,
      onnx: false)
  ]
}
