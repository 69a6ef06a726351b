public import LeptonGraph

/// The square root.
public struct Sqrt: UnaryOp {
  public static let name = "sqrt"
  public static let scalar = ScalarOp.squareRoot
  public static let onnxName: String? = "Sqrt"
  public static let domain = 0.25...4.0

  public init() {}

  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    let half = try b.add(one: Multiply(), g, b.scalar(0.5, like: g))
    return try b.add(one: Divide(), half, node.result)
  }
}
