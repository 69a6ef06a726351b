public import LeptonGraph

/// The larger of `a` and `b`, broadcasting; NaN if one is. Ties send their gradient to `a`.
public struct Maximum: BinaryOp {
  public static let name = "maximum"
  public static let scalar = ScalarOp.maximum
  public static let onnxName: String? = "Max"

  public init() {}

  public func derivatives(
    _ node: Node, _ g: Value, _ b: inout GraphBuilder
  ) throws -> (Value?, Value?) {
    let first = try b.add(one: GreaterOrEqual(), node.operands[0], node.operands[1])
    let zero = try b.scalar(0, like: g)
    return (
      try b.add(one: Select(), first, g, zero), try b.add(one: Select(), first, zero, g)
    )
  }

  /// ONNX's Max takes any number of operands.
  public static let onnxReaders: [String: ONNXReader] = [
    "Max": { node, context in [try context.fold(Maximum(), node)] }
  ]
}
