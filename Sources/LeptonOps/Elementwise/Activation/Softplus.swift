public import LeptonGraph
import LeptonValues

/// A smooth relu: `log(1 + exp(x))`, written so that no exponential overflows.
public struct Softplus: ElementwiseOp {
  public static let name = "softplus"
  public static let operandCount = 1

  public init() {}

  /// max(x, 0) + log1p(exp(-|x|))
  public func emit(
    _ x: [ScalarProgram.Register], _ p: inout ScalarProgram
  ) -> ScalarProgram.Register {
    let decay = p.step(.exponential, p.step(.negate, p.step(.absolute, x[0])))
    return p.step(.add, p.step(.relu, x[0]), p.step(.logarithm1p, decay))
  }

  /// g σ(x)
  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    [try gradients[0].map { try b.add(one: Multiply(), $0, b.add(one: Sigmoid(), node.operand)) }]
  }

  public static let samples = [[3, 4], [2, 37], []].map { (shape: Shape) in
    Sample(Softplus(), [.uniform(shape, -30...30)])
  }

  public static let onnxReaders: [String: ONNXReader] = [
    "Softplus": { node, context in
      try context.builder.add(Softplus(), [node.input(0)])
    },
    // `x tanh(softplus(x))` (arXiv:1908.08681).
    "Mish": { node, context in
      let x = try node.input(0)
      let gate = try context.builder.add(
        one: Tanh(), context.builder.add(one: Softplus(), x))
      return try context.builder.add(Multiply(), [x, gate])
    },
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit("Softplus", for: node)
  }
}
