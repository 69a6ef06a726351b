public import LeptonGraph

/// `log(1 + x)`, exact where `x` is small.
public struct Log1p: UnaryOp {
  public static let name = "log1p"
  public static let scalar = ScalarOp.logarithm1p
  public static let onnxName: String? = nil
  public static let domain = -0.5...2.0

  public init() {}

  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    try b.add(one: Divide(), g, b.add(one: Add(), node.operand, b.scalar(1, like: g)))
  }

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let one = writer.scalar(1, like: node.operand)
    let sum = writer.temporary()
    writer.emit("Add", [writer.name(of: node.operand), one], [sum])
    writer.emit("Log", [sum], [writer.name(of: node.result)])
  }
}
