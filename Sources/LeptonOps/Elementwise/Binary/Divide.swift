public import LeptonGraph

/// `a / b`, broadcasting. Whole numbers truncate toward zero.
public struct Divide: BinaryOp {
  public static let name = "divide"
  public static let scalar = ScalarOp.divide
  public static let onnxName: String? = "Div"
  public static let domains = [-1...1, 0.5...2]

  public init() {}

  public func derivatives(
    _ node: Node, _ g: Value, _ b: inout GraphBuilder
  ) throws -> (Value?, Value?) {
    let first = try b.add(one: Divide(), g, node.operands[1])
    return (first, try b.add(one: Neg(), b.add(one: Multiply(), first, node.result)))
  }
}
