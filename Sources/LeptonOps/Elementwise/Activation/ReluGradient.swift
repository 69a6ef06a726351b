public import LeptonGraph
import LeptonValues

/// The gradient of `Relu` from its result: `y > 0 ? g : 0`.
public struct ReluGradient: ElementwiseOp {
  public static let name = "reluGradient"
  public static let operandCount = 2
  public static let accepts = ElementKind.numeric

  public init() {}

  public func emit(
    _ x: [ScalarProgram.Register], _ p: inout ScalarProgram
  ) -> ScalarProgram.Register {
    let zero = p.constant(0)
    return p.step(.select, p.step(.greater, x[0], zero), x[1], zero)
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    [nil, try gradients[0].map { try b.add(one: ReluGradient(), node.operands[0], $0) }]
  }

  public static let samples = [[3, 4], [], [37]].map { (shape: Shape) in
    Sample(ReluGradient(), [.normal(shape), .normal(shape)], onnx: false)
  }
}
