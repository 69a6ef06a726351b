public import LeptonGraph
import LeptonValues

/// The sigmoid linear unit, also called swish: `x σ(x)` (arXiv:1702.03118).
public struct Silu: ElementwiseOp {
  public static let name = "silu"
  public static let operandCount = 1

  public init() {}

  public var activation: Activation? { .silu }

  public func emit(
    _ x: [ScalarProgram.Register], _ p: inout ScalarProgram
  ) -> ScalarProgram.Register { p.step(.multiply, x[0], p.step(.sigmoid, x[0])) }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    [try gradients[0].map { try b.add(one: SiluGradient(), node.operand, $0) }]
  }

  public static let samples = [[3, 4], [2, 37], []].map { (shape: Shape) in
    Sample(Silu(), [.uniform(shape, -5...5)])
  }

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    try writer.write(program, for: node)
  }
}

/// The gradient of `Silu`: operands x and the gradient of the result.
public struct SiluGradient: ElementwiseOp {
  public static let name = "siluGradient"
  public static let operandCount = 2

  public init() {}

  /// g σ(x) (1 + x (1 - σ(x)))
  public func emit(
    _ x: [ScalarProgram.Register], _ p: inout ScalarProgram
  ) -> ScalarProgram.Register {
    let one = p.constant(1)
    let gate = p.step(.sigmoid, x[0])
    let rest = p.step(.multiply, x[0], p.step(.subtract, one, gate))
    return p.step(.multiply, x[1], p.step(.multiply, gate, p.step(.add, one, rest)))
  }

  public static let samples = [[3, 4], [37], []].map { (shape: Shape) in
    Sample(SiluGradient(), [.uniform(shape, -5...5), .normal(shape)], onnx: false)
  }
}
