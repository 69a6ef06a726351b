public import LeptonGraph
import LeptonValues

/// The step of an optimizer for one parameter: (parameter, gradient, moments, scalars) to
/// (parameter, moments). It ends a training step, so no gradient flows back through it.
public protocol OptimizerUpdate: CompositeOp {
  /// How many moments it carries along for each parameter.
  static var momentCount: Int { get }
  /// How many scalars follow the moments.
  static var scalarCount: Int { get }
}

extension OptimizerUpdate {
  /// Checks the operands: tensors of one type, then scalars of the same element type.
  func requireUpdate(_ operands: [Value], _ b: GraphBuilder) throws {
    let types = operands.map { b.type(of: $0) }
    let tensors = 2 + Self.momentCount
    let count = tensors + Self.scalarCount
    try expect(count, types)
    try requireFloat(types)
    for (index, type) in types.enumerated() {
      try requireShape(
        type, index < tensors ? types[0].shape : [], "operand \(index)")
    }
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    throw notDifferentiable(node, fix: "differentiate the loss, not the optimizer's step")
  }
}

extension GraphBuilder {
  /// `value * factor`.
  mutating func scaled(_ value: Value, by factor: Double) throws -> Value {
    try add(one: Multiply(), value, scalar(factor, like: value))
  }
}
