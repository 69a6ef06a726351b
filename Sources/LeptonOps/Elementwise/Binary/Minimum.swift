public import LeptonGraph

/// The smaller of `a` and `b`, broadcasting; NaN if one is. Ties send their gradient to `a`.
public struct Minimum: BinaryOp {
  public static let name = "minimum"
  public static let scalar = ScalarOp.minimum
  public static let onnxName: String? = "Min"

  public init() {}

  public func derivatives(
    _ node: Node, _ g: Value, _ b: inout GraphBuilder
  ) throws -> (Value?, Value?) {
    let first = try b.add(one: LessOrEqual(), node.operands[0], node.operands[1])
    let zero = try b.scalar(0, like: g)
    return (
      try b.add(one: Select(), first, g, zero), try b.add(one: Select(), first, zero, g)
    )
  }

  /// ONNX's Min takes any number of operands.
  public static let onnxReaders: [String: ONNXReader] = [
    "Min": { node, context in [try context.fold(Minimum(), node)] }
  ]
}
