public import LeptonGraph

/// `a != b`, broadcasting, as truth values.
public struct NotEqual: ComparisonOp {
  public static let name = "notEqual"
  public static let scalar = ScalarOp.notEqual
  public static let onnxName: String? = nil
  public static let accepts = ElementKind.any

  public init() {}

  /// Exclusive or is inequality of truth values.
  public static let onnxReaders = plainONNXReader("Xor", NotEqual())

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let equal = writer.temporary()
    let operands = node.operands.map { writer.name(of: $0) }
    writer.emit("Equal", operands, [equal])
    writer.emit("Not", [equal], [writer.name(of: node.result)])
  }
}
