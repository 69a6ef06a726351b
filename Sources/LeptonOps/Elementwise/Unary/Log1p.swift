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

  /// Softplus, `log(1 + e^x)`, in the form that does not overflow: `max(x, 0) + log1p(e^-|x|)`.
  public static let onnxReaders: [String: ONNXReader] = [
    "Softplus": { node, context in
      let x = try node.input(0)
      return [try context.builder.softplus(x)]
    },
    // `x tanh(softplus(x))` (arXiv:1908.08681).
    "Mish": { node, context in
      let x = try node.input(0)
      let gate = try context.builder.add(one: Tanh(), context.builder.softplus(x))
      return try context.builder.add(Multiply(), [x, gate])
    },
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let one = writer.scalar(1, like: node.operand)
    let sum = writer.temporary()
    writer.emit("Add", [writer.name(of: node.operand), one], [sum])
    writer.emit("Log", [sum], [writer.name(of: node.result)])
  }
}

extension GraphBuilder {
  /// `log(1 + e^x)`, without overflow.
  public mutating func softplus(_ x: Value) throws -> Value {
    let decay = try add(one: Exp(), add(one: Neg(), add(one: Abs(), x)))
    return try add(one: Add(), add(one: Relu(), x), add(one: Log1p(), decay))
  }
}
