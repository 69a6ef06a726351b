public import LeptonGraph

/// `a - b`, broadcasting.
public struct Subtract: BinaryOp {
  public static let name = "subtract"
  public static let scalar = ScalarOp.subtract
  public static let onnxName: String? = "Sub"

  public init() {}

  public func derivatives(
    _ node: Node, _ g: Value, _ b: inout GraphBuilder
  ) throws -> (Value?, Value?) {
    (g, try b.add(one: Neg(), g))
  }
}
