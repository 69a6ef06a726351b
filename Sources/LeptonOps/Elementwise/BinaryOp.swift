public import LeptonGraph
import LeptonValues

/// An elementwise operation of two operands and one scalar step.
public protocol BinaryOp: ElementwiseOp, PlainONNXOp {
  static var scalar: ScalarOp { get }
  /// Where the samples draw the numbers of the first and second operand from.
  static var domains: [ClosedRange<Double>] { get }

  /// The gradients of both operands, before they are summed to the operands' shapes.
  func derivatives(
    _ node: Node, _ g: Value, _ b: inout GraphBuilder
  ) throws -> (Value?, Value?)
}

extension BinaryOp {
  public static var operandCount: Int { 2 }
  public static var accepts: ElementKind { .numeric }
  public static var domains: [ClosedRange<Double>] { [-1...1, -1...1] }

  public func emit(
    _ x: [ScalarProgram.Register], _ p: inout ScalarProgram
  ) -> ScalarProgram.Register { p.step(Self.scalar, x[0], x[1]) }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil, nil] }
    let (first, second) = try derivatives(node, g, &b)
    return try zip([first, second], node.operands).map { gradient, operand in
      try gradient.map { try b.summed($0, to: b.shape(of: operand)) }
    }
  }

  public static var samples: [Sample] { samples(of: Self()) }

  /// Equal shapes, broadcasting of one operand, of both, of a scalar; whole numbers.
  static func samples(of op: Self, differentiable: Bool = true) -> [Sample] {
    let shapes: [(Shape, Shape)] = [
      ([3, 4], [3, 4]), ([2, 3, 4], [3, 1]), ([4, 1], [1, 5]), ([], [7]),
    ]
    return shapes.map { first, second in
      Sample(
        op, [.uniform(first, domains[0]), .uniform(second, domains[1])],
        differentiable: differentiable)
    }
  }
}
