public import LeptonGraph
import LeptonValues

/// Convolution with everything that a back end can do before the result leaves its registers:
/// `activation(conv(x, w) + bias + residual)`.
///
/// Operands: x, w, then bias [O] and residual (the result's type) where the flags say so.
public struct FusedConv2D: CompositeOp {
  public static let name = "fused_conv2d"

  public var conv: Conv2D
  public var hasBias: Bool
  public var hasResidual: Bool
  public var activation: Activation?

  public init(
    _ conv: Conv2D, hasBias: Bool, hasResidual: Bool = false, activation: Activation? = nil
  ) {
    self.conv = conv
    self.hasBias = hasBias
    self.hasResidual = hasResidual
    self.activation = activation
  }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    try expect((hasBias ? 3 : 2) + (hasResidual ? 1 : 0), operands.map { b.type(of: $0) })
    var y = try b.add(conv, Array(operands.prefix(hasBias ? 3 : 2)))[0]
    if hasResidual { y = try b.add(one: Add(), y, operands[operands.count - 1]) }
    return [try activation?.apply(to: y, &b) ?? y]
  }

  public static let samples = [
    Sample(
      FusedConv2D(Conv2D(padding: [1, 1, 1, 1]), hasBias: true, activation: .relu),
      [.normal([2, 16, 5, 5]), .normal([16, 16, 3, 3]), .normal([16])],
      differentiable: false, onnx: false),
    Sample(
      FusedConv2D(Conv2D(), hasBias: true, hasResidual: true, activation: .relu),
      [.normal([2, 16, 5, 5]), .normal([32, 16, 1, 1]), .normal([32]), .normal([2, 32, 5, 5])],
      differentiable: false, onnx: false),
    Sample(
      FusedConv2D(Conv2D(strides: [2, 2]), hasBias: false, activation: .clip(0, 0.5)),
      [.normal([1, 3, 9, 9]), .normal([8, 3, 3, 3])], differentiable: false, onnx: false),
  ]
}
