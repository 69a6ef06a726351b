public import LeptonGraph

/// `a + b`, broadcasting.
public struct Add: BinaryOp {
  public static let name = "add"
  public static let scalar = ScalarOp.add
  public static let onnxName: String? = "Add"

  public init() {}

  public func derivatives(
    _ node: Node, _ g: Value, _ b: inout GraphBuilder
  ) throws -> (Value?, Value?) {
    (g, g)
  }

  public static var onnxReaders: [String: ONNXReader] {
    plainONNXReader("Add", Add()).merging(
      ["Sum": { node, context in [try context.fold(Add(), node)] }], uniquingKeysWith: { a, _ in a }
    )
  }
}
