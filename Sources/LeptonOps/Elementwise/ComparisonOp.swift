public import LeptonGraph
public import LeptonValues

/// A binary operation that answers truth values. No gradient flows.
public protocol ComparisonOp: BinaryOp {}

extension ComparisonOp {
  public func resultDType(_ operands: [DType]) throws -> DType {
    guard Set(operands).count == 1, Self.accepts.contains(operands[0]) else {
      let listed = operands.map(\.rawValue).joined(separator: " and ")
      throw LeptonError(
        .badInput, "\(name) takes two \(Self.accepts.rawValue) operands of one type, not \(listed)",
        fix: "cast one of them")
    }
    return .bool
  }

  public func derivatives(
    _ node: Node, _ g: Value, _ b: inout GraphBuilder
  ) throws -> (Value?, Value?) { (nil, nil) }

  public static var samples: [Sample] {
    [
      Sample(Self(), [.normal([3, 4]), .normal([3, 4])], differentiable: false),
      Sample(Self(), [.normal([2, 3, 4]), .normal([3, 1])], differentiable: false),
      Sample(
        Self(), [.integers([4, 5], 0...2, .i64), .integers([5], 0...2, .i64)],
        differentiable: false),
      Sample(
        Self(), [.integers([4, 5], 0...1, .i32), .integers([], 0...1, .i32)],
        differentiable: false),
    ]
  }
}

/// A comparison of two truth values.
public protocol LogicalOp: ComparisonOp {}

extension LogicalOp {
  public static var accepts: ElementKind { .bool }

  public static var samples: [Sample] {
    [([3, 4], [3, 4]), ([2, 3, 4], [3, 1]), ([], [7])].map { (first: Shape, second: Shape) in
      Sample(
        Self(), [.integers(first, 0...1, .bool), .integers(second, 0...1, .bool)],
        differentiable: false)
    }
  }
}
