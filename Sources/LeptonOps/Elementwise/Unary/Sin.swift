public import LeptonGraph

/// The sine of an angle in radians.
public struct Sin: UnaryOp {
  public static let name = "sin"
  public static let scalar = ScalarOp.sine
  public static let onnxName: String? = "Sin"
  public static let domain = -4.0...4.0

  public init() {}

  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    try b.add(one: Multiply(), g, b.add(one: Cos(), node.operand))
  }
}
