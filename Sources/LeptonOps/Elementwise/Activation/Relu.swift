public import LeptonGraph

/// `max(x, 0)`.
public struct Relu: UnaryOp {
  public static let name = "relu"
  public static let scalar = ScalarOp.relu
  public static let onnxName: String? = "Relu"
  public static let accepts = ElementKind.numeric

  public init() {}

  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    try b.add(one: ReluGradient(), node.result, g)
  }

  public var activation: Activation? { .relu }
}
