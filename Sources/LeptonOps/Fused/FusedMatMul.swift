public import LeptonGraph
import LeptonValues

/// `activation(matmul(a, b) + bias)`: operands a, b, then bias [n] where the flag says so.
public struct FusedMatMul: CompositeOp {
  public static let name = "fused_matmul"

  public var matmul: MatMul
  public var hasBias: Bool
  public var activation: Activation?

  public init(_ matmul: MatMul, hasBias: Bool, activation: Activation? = nil) {
    self.matmul = matmul
    self.hasBias = hasBias
    self.activation = activation
  }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    try expect(hasBias ? 3 : 2, operands.map { b.type(of: $0) })
    var y = try b.add(matmul, Array(operands.prefix(2)))[0]
    if hasBias { y = try b.add(one: Add(), y, operands[2]) }
    return [try activation?.apply(to: y, &b) ?? y]
  }

  public static let samples = [
    Sample(
      FusedMatMul(MatMul(transposeB: true), hasBias: true, activation: .relu),
      [.normal([4, 8]), .normal([6, 8]), .normal([6])], differentiable: false, onnx: false),
    Sample(
      FusedMatMul(MatMul(), hasBias: false, activation: .tanh),
      [.normal([2, 3, 8]), .normal([8, 5])], differentiable: false, onnx: false),
  ]
}
