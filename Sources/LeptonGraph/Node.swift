/// One application of an operation: operands in, results out.
public struct Node: Sendable {
  public var op: any Op
  public var operands: [Value]
  public var results: [Value]
  /// Where it came from: a module's path (`features.0`) or the name in an imported file.
  public var name: String

  public init(op: any Op, operands: [Value], results: [Value], name: String = "") {
    self.op = op
    self.operands = operands
    self.results = results
    self.name = name
  }

  /// The only operand, or only result, of nodes that have one.
  public var operand: Value { operands[0] }
  public var result: Value { results[0] }
}

extension Node: Hashable {
  /// Equal operations on equal values; the name is a remark and does not count.
  public static func == (a: Node, b: Node) -> Bool {
    a.operands == b.operands && a.results == b.results && AnyHashable(a.op) == AnyHashable(b.op)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(AnyHashable(op))
    hasher.combine(operands)
    hasher.combine(results)
  }
}
