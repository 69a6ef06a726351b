public import LeptonGraph
import LeptonValues

/// An elementwise operation of one operand and one scalar step.
public protocol UnaryOp: ElementwiseOp, PlainONNXOp {
  static var scalar: ScalarOp { get }
  /// Where the samples draw their numbers from.
  static var domain: ClosedRange<Double> { get }

  /// The gradient of the operand from the gradient `g` of the result; nil for step functions.
  func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value?
}

extension UnaryOp {
  public static var operandCount: Int { 1 }
  public static var domain: ClosedRange<Double> { -1...1 }

  public func emit(
    _ x: [ScalarProgram.Register], _ p: inout ScalarProgram
  ) -> ScalarProgram.Register { p.step(Self.scalar, x[0]) }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    [try gradients[0].flatMap { try derivative(node, $0, &b) }]
  }

  public static var samples: [Sample] {
    [[3, 4], [], [2, 1, 37]].map { Sample(Self(), [.uniform($0, domain)]) }
  }
}

/// A unary operation that is constant almost everywhere: no gradient flows.
public protocol StepOp: UnaryOp {}

extension StepOp {
  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? { nil }

  public static var samples: [Sample] {
    [
      Sample(Self(), [.uniform([3, 4], -3...3)], differentiable: false),
      Sample(Self(), [.uniform([], -3...3)], differentiable: false),
      Sample(
        Self(), [.values(TensorData([-2.5, -1.5, -0.5, 0, 0.5, 1.5, 2, 3.0], shape: [2, 4]))],
        differentiable: false),
    ]
  }
}
