public import LeptonGraph

/// The cosine of an angle in radians.
public struct Cos: UnaryOp {
  public static let name = "cos"
  public static let scalar = ScalarOp.cosine
  public static let onnxName: String? = "Cos"
  public static let domain = -4.0...4.0

  public init() {}

  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    let slope = try b.add(one: Neg(), b.add(one: Sin(), node.operand))
    return try b.add(one: Multiply(), g, slope)
  }
}
