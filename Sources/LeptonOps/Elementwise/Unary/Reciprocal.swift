public import LeptonGraph

/// `1 / x`.
public struct Reciprocal: UnaryOp {
  public static let name = "reciprocal"
  public static let scalar = ScalarOp.reciprocal
  public static let onnxName: String? = "Reciprocal"
  public static let domain = 0.5...2.0

  public init() {}

  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    let square = try b.add(one: Multiply(), node.result, node.result)
    return try b.add(one: Neg(), b.add(one: Multiply(), g, square))
  }
}
