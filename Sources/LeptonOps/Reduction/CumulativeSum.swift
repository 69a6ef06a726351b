public import LeptonGraph
public import LeptonValues

/// Every element summed with all before it along an axis.
public struct CumulativeSum: CompositeOp {
  public static let name = "cumulativeSum"

  /// Negative ones count from the last.
  public var axis: Int
  /// Without the element itself.
  public var exclusive: Bool
  /// With all behind it instead.
  public var reverse: Bool

  public init(axis: Int, exclusive: Bool = false, reverse: Bool = false) {
    (self.axis, self.exclusive, self.reverse) = (axis, exclusive, reverse)
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(1, operands)
    _ = try resolve(axis, in: operands[0].shape)
    return operands
  }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    let steps = CumulativeSteps(
      op: Add(), identity: 0, axis: try resolve(axis, in: b.shape(of: operands[0])),
      exclusive: exclusive, reverse: reverse)
    return [try steps.apply(to: operands[0], &b)]
  }

  public static let samples = [
    Sample(CumulativeSum(axis: 1), [.normal([2, 5, 3])]),
    Sample(CumulativeSum(axis: -1, exclusive: true), [.normal([2, 6])]),
    Sample(CumulativeSum(axis: 0, reverse: true), [.normal([4, 2])]),
    Sample(CumulativeSum(axis: 0, exclusive: true, reverse: true), [.normal([7])]),
    Sample(CumulativeSum(axis: 0), [.integers([9], -9...9, .i64)], differentiable: false),
  ]

  public static let onnxReaders: [String: ONNXReader] = [
    "CumSum": { node, context in
      let x = try node.input(0)
      let shape = context.builder.shape(of: x)
      guard let given = try context.ints(node, input: 1)?.first, let axis = shape.axis(given) else {
        throw node.error("the axis is missing, or none of \(shape)")
      }
      let op = CumulativeSum(
        axis: axis, exclusive: node.int("exclusive", default: 0) != 0,
        reverse: node.int("reverse", default: 0) != 0)
      return try context.builder.add(op, [x])
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let axis = try resolve(axis, in: writer.type(of: node.operand).shape)
    let place = writer.constant(TensorData(scalar: Int64(axis)), named: "axis")
    writer.emit(
      "CumSum", [writer.name(of: node.operand), place], [writer.name(of: node.result)],
      ["exclusive": .int(exclusive ? 1 : 0), "reverse": .int(reverse ? 1 : 0)])
  }
}

/// Every element joined with all before it along an axis: with the one before it, then what that made with what the one two
/// before made, then four, until the axis is covered.
package struct CumulativeSteps<Join: BinaryOp> {
  let op: Join
  /// What joins without a change.
  let identity: Double
  let axis: Int
  let exclusive: Bool
  let reverse: Bool

  package init(op: Join, identity: Double, axis: Int, exclusive: Bool, reverse: Bool) {
    (self.op, self.identity, self.axis) = (op, identity, axis)
    (self.exclusive, self.reverse) = (exclusive, reverse)
  }

  package func apply(to x: Value, _ b: inout GraphBuilder) throws -> Value {
    let shape = b.shape(of: x)
    func moved(_ x: Value, by distance: Int) throws -> Value {
      var pad = Pad(low: shape.map { _ in 0 }, high: shape.map { _ in 0 }, value: identity)
      pad.low[axis] = reverse ? -distance : distance
      pad.high[axis] = -pad.low[axis]
      return try b.add(one: pad, x)
    }
    var y = exclusive && shape[axis] > 0 ? try moved(x, by: 1) : x
    var distance = 1
    while distance < shape[axis] {
      y = try b.add(one: op, y, moved(y, by: distance))
      distance *= 2
    }
    return y
  }
}
