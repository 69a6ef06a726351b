public import LeptonGraph

/// The logistic function, `1 / (1 + e^-x)`.
public struct Sigmoid: UnaryOp {
  public static let name = "sigmoid"
  public static let scalar = ScalarOp.sigmoid
  public static let onnxName: String? = "Sigmoid"
  public static let domain = -5.0...5.0

  public init() {}

  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    // g y (1 - y)
    let gy = try b.add(one: Multiply(), g, node.result)
    return try b.add(one: Subtract(), gy, b.add(one: Multiply(), gy, node.result))
  }

  public var activation: Activation? { .sigmoid }
}
