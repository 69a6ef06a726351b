public import LeptonGraph
import LeptonValues

/// `alpha x + beta`, kept within 0...1. PyTorch's has alpha 1/6, ONNX's default is 0.2.
public struct HardSigmoid: ElementwiseOp {
  public static let name = "hardSigmoid"
  public static let operandCount = 1

  public var alpha: Double
  public var beta: Double

  public init(alpha: Double = 1.0 / 6, beta: Double = 0.5) {
    self.alpha = alpha
    self.beta = beta
  }

  public func emit(
    _ x: [ScalarProgram.Register], _ p: inout ScalarProgram
  ) -> ScalarProgram.Register {
    let line = p.step(.add, p.step(.multiply, x[0], p.constant(alpha)), p.constant(beta))
    return p.step(.minimum, p.step(.maximum, line, p.constant(0)), p.constant(1))
  }

  public static let samples = [
    Sample(HardSigmoid(), [.uniform([3, 4], -5...5)]),
    Sample(HardSigmoid(alpha: 0.2, beta: 0.4), [.uniform([2, 37], -5...5)]),
    Sample(HardSigmoid(), [.normal([])]),
  ]

  public static let onnxReaders: [String: ONNXReader] = [
    "HardSigmoid": { node, context in
      let op = HardSigmoid(
        alpha: node.float("alpha", default: 0.2), beta: node.float("beta", default: 0.5))
      return try context.builder.add(op, [node.input(0)])
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit("HardSigmoid", for: node, ["alpha": .float(alpha), "beta": .float(beta)])
  }
}
