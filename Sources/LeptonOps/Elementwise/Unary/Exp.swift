public import LeptonGraph

/// `e^x`.
public struct Exp: UnaryOp {
  public static let name = "exp"
  public static let scalar = ScalarOp.exponential
  public static let onnxName: String? = "Exp"

  public init() {}

  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    try b.add(one: Multiply(), g, node.result)
  }
}
