public import LeptonGraph
public import LeptonValues

/// An operation whose only result follows from the type of its only operand: a constant wherever extents are known.
public protocol TypeOp: Op {
  /// The result for an operand of this type.
  func value(of operand: TensorType) throws -> TensorData
}

extension TypeOp {
  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] { [nil] }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] { [try value(of: operands[0].type)] }
}
