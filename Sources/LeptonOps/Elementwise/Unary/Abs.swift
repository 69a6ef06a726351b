public import LeptonGraph

/// `|x|`.
public struct Abs: UnaryOp {
  public static let name = "abs"
  public static let scalar = ScalarOp.absolute
  public static let onnxName: String? = "Abs"
  public static let accepts = ElementKind.numeric

  public init() {}

  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    try b.add(one: Multiply(), g, b.add(one: Sign(), node.operand))
  }
}
