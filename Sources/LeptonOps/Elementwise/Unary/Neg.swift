public import LeptonGraph

/// `-x`.
public struct Neg: UnaryOp {
  public static let name = "neg"
  public static let scalar = ScalarOp.negate
  public static let onnxName: String? = "Neg"
  public static let accepts = ElementKind.numeric

  public init() {}

  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    try b.add(one: Neg(), g)
  }
}
