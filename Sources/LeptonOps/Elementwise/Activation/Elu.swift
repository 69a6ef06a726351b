public import LeptonGraph
import LeptonValues

/// `x > 0 ? x : alpha (e^x - 1)` (arXiv:1511.07289).
public struct Elu: ElementwiseOp {
  public static let name = "elu"
  public static let operandCount = 1

  public var alpha: Double

  public init(alpha: Double = 1) { self.alpha = alpha }

  public func emit(
    _ x: [ScalarProgram.Register], _ p: inout ScalarProgram
  ) -> ScalarProgram.Register {
    let zero = p.constant(0)
    // Large numbers never reach the exponential, so that its overflow cannot reach the gradient.
    let decay = p.step(.exponential, p.step(.minimum, x[0], zero))
    let curve = p.step(.multiply, p.step(.subtract, decay, p.constant(1)), p.constant(alpha))
    return p.step(.select, p.step(.greater, x[0], zero), x[0], curve)
  }

  public static let samples = [
    Sample(Elu(), [.uniform([3, 4], -3...3)]),
    Sample(Elu(alpha: 0.5), [.uniform([2, 37], -3...3)]),
    Sample(Elu(), [.normal([])]),
  ]

  public static let onnxReaders: [String: ONNXReader] = [
    "Elu": { node, context in
      try context.builder.add(Elu(alpha: node.float("alpha", default: 1)), [node.input(0)])
    },
    // `gamma` times an ELU (arXiv:1706.02515).
    "Selu": { node, context in
      let op = Elu(alpha: node.float("alpha", default: 1.6732632423543772))
      let y = try context.builder.add(one: op, node.input(0))
      let gamma = try context.builder.scalar(
        node.float("gamma", default: 1.0507009873554805), like: y)
      return try context.builder.add(Multiply(), [y, gamma])
    },
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit("Elu", for: node, ["alpha": .float(alpha)])
  }
}
