public import LeptonGraph

/// The natural logarithm.
public struct Log: UnaryOp {
  public static let name = "log"
  public static let scalar = ScalarOp.logarithm
  public static let onnxName: String? = "Log"
  public static let domain = 0.5...3.0

  public init() {}

  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    try b.add(one: Divide(), g, node.operand)
  }
}
