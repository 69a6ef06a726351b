public import LeptonGraph
import LeptonValues

/// `x > 0 ? x : alpha x`.
public struct LeakyRelu: ElementwiseOp {
  public static let name = "leakyRelu"
  public static let operandCount = 1

  public var alpha: Double

  public init(alpha: Double = 0.01) { self.alpha = alpha }

  public var activation: Activation? { .leakyRelu(alpha) }

  public func emit(
    _ x: [ScalarProgram.Register], _ p: inout ScalarProgram
  ) -> ScalarProgram.Register {
    let isPositive = p.step(.greater, x[0], p.constant(0))
    return p.step(.select, isPositive, x[0], p.step(.multiply, x[0], p.constant(alpha)))
  }

  public static let samples = [
    Sample(LeakyRelu(), [.normal([3, 4])]),
    Sample(LeakyRelu(alpha: 0.2), [.normal([2, 37])]),
    Sample(LeakyRelu(alpha: -0.5), [.normal([])]),
  ]

  public static let onnxReaders: [String: ONNXReader] = [
    "LeakyRelu": { node, context in
      let op = LeakyRelu(alpha: node.float("alpha", default: 0.01))
      return try context.builder.add(op, [node.input(0)])
    },
    // A slope for each channel, as a tensor that broadcasts: a composition.
    "PRelu": { node, context in
      let x = try node.input(0)
      let zero = try context.builder.scalar(0, like: x)
      let isPositive = try context.builder.add(one: Greater(), x, zero)
      let scaled = try context.builder.add(one: Multiply(), x, node.input(1))
      return try context.builder.add(Select(), [isPositive, x, scaled])
    },
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit("LeakyRelu", for: node, ["alpha": .float(alpha)])
  }
}
