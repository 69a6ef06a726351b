public import LeptonGraph

/// `1 / sqrt(x)`.
public struct Rsqrt: UnaryOp {
  public static let name = "rsqrt"
  public static let scalar = ScalarOp.reciprocalSquareRoot
  public static let onnxName: String? = nil
  public static let domain = 0.25...4.0

  public init() {}

  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    // -1/2 x^(-3/2) = -1/2 y^3
    let square = try b.add(one: Multiply(), node.result, node.result)
    let cube = try b.add(one: Multiply(), square, node.result)
    let slope = try b.add(one: Multiply(), cube, b.scalar(-0.5, like: g))
    return try b.add(one: Multiply(), g, slope)
  }

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let root = writer.temporary()
    writer.emit("Sqrt", [writer.name(of: node.operand)], [root])
    writer.emit("Reciprocal", [root], [writer.name(of: node.result)])
  }
}
