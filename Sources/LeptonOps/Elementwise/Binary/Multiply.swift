public import LeptonGraph

/// `a * b`, broadcasting.
public struct Multiply: BinaryOp {
  public static let name = "multiply"
  public static let scalar = ScalarOp.multiply
  public static let onnxName: String? = "Mul"

  public init() {}

  public func derivatives(
    _ node: Node, _ g: Value, _ b: inout GraphBuilder
  ) throws -> (Value?, Value?) {
    (
      try b.add(one: Multiply(), g, node.operands[1]),
      try b.add(one: Multiply(), g, node.operands[0])
    )
  }
}
