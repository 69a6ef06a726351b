public import LeptonGraph

/// The hyperbolic tangent.
public struct Tanh: UnaryOp {
  public static let name = "tanh"
  public static let scalar = ScalarOp.tangentH
  public static let onnxName: String? = "Tanh"
  public static let domain = -3.0...3.0

  public init() {}

  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    // g (1 - y^2)
    let gy = try b.add(one: Multiply(), g, node.result)
    return try b.add(one: Subtract(), g, b.add(one: Multiply(), gy, node.result))
  }

  public var activation: Activation? { .tanh }
}
