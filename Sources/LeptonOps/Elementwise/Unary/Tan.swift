public import LeptonGraph

/// The tangent of an angle in radians.
public struct Tan: UnaryOp {
  public static let name = "tan"
  public static let scalar = ScalarOp.tangent
  public static let onnxName: String? = "Tan"

  public init() {}

  /// `1 + y²`
  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    let square = try b.add(one: Multiply(), node.result, node.result)
    let slope = try b.add(one: Add(), square, b.scalar(1, like: square))
    return try b.add(one: Multiply(), g, slope)
  }
}
