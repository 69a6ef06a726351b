public import LeptonGraph
public import LeptonValues

/// The gradient of `GRURecurrence`, back through its steps.
///
/// Operands: recurrent weights `[3H, H]`; gates `[T, N, 4H]` and states before each step `[T, N, H]`,
/// as the recurrence keeps them; the gradients of those of its first two results that `given` names;
/// if wanted, lengths `[N]`.
/// Results: the gradients of the sums and of the recurrent products, `[T, N, 3H]` each (they differ
/// in the candidate), and of the first state `[N, H]`.
public struct GRURecurrenceGradient: Op {
  public static let name = "gruRecurrenceGradient"

  public var reversed: Bool
  /// Ascending: 0 for the hidden values of all steps, 1 for the last state.
  public var given: [Int]

  public init(reversed: Bool = false, given: [Int]) {
    self.reversed = reversed
    self.given = given
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    let count = 3 + given.count
    guard operands.count >= count, !given.isEmpty, given.allSatisfy((0..<2).contains) else {
      try expect(max(count, 4), operands)
      return []
    }
    try requireFloat(Array(operands[..<count]))
    try requireRank(operands[2], 3, "states", "[steps, batch, hidden]")
    let values = operands[2]
    let (steps, batch, hidden) = (values.shape[0], values.shape[1], values.shape[2])
    try requireShape(operands[0], [3 * hidden, hidden], "recurrent weight")
    try requireShape(operands[1], [steps, batch, 4 * hidden], "gates")
    let state = values.with(shape: [batch, hidden])
    for (result, type) in zip(given, operands[3...]) {
      try requireShape(type, result == 0 ? values.shape : state.shape, "gradient")
    }
    _ = try checkedLengths(operands, after: count, batch: batch)
    let sums = values.with(shape: [steps, batch, 3 * hidden])
    return [sums, sums, state]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    throw notDifferentiable(node, fix: "write the cell in single operations")
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let (r, gates, before) = (operands[0].doubles, operands[1].doubles, operands[2].doubles)
    let s = RecurrentSteps(
      operands[1].type, gates: 4, reversed: reversed,
      lengths: operands.dropFirst(3 + given.count).first)
    let gradients = Dictionary(
      uniqueKeysWithValues: zip(given, operands[3...]).map { ($0, $1.doubles) })
    var dh = gradients[1] ?? [Double](repeating: 0, count: s.batch * s.hidden)
    var dsums = [Double](repeating: 0, count: results[0].shape.elementCount)
    var dproducts = dsums
    s.forEachBackwards { n, row in
      let first = row * 3 * s.hidden
      var direct = [Double](repeating: 0, count: s.hidden)
      for unit in 0..<s.hidden {
        let value = row * s.hidden + unit
        let kept = (0..<4).map { gates[(row * 4 + $0) * s.hidden + unit] }
        let (reset, update, candidate, q) = (kept[0], kept[1], kept[2], kept[3])
        let outer = dh[n * s.hidden + unit] + (gradients[0]?[value] ?? 0)
        let inner = outer * (1 - update) * (1 - candidate * candidate)
        let dreset = inner * q * reset * (1 - reset)
        let dupdate = outer * (before[value] - candidate) * update * (1 - update)
        for (gate, pair) in [(dreset, dreset), (dupdate, dupdate), (inner, inner * reset)]
          .enumerated()
        {
          dsums[first + gate * s.hidden + unit] = pair.0
          dproducts[first + gate * s.hidden + unit] = pair.1
        }
        direct[unit] = outer * update
      }
      let back = s.transposedProduct(r, rows: 3 * s.hidden, dproducts, from: first)
      for unit in 0..<s.hidden { dh[n * s.hidden + unit] = direct[unit] + back[unit] }
    }
    return zip([dsums, dproducts, dh], results).map { TensorData($0, as: $1) }
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    let hidden = operands[0].shape[1]
    return Cost(
      flops: results[0].shape.elementCount * (2 * hidden + 10), operands, results)
  }

  public static let samples = [
    sample(GRURecurrenceGradient(given: [0]), [3, 2], 5),
    sample(GRURecurrenceGradient(reversed: true, given: [1]), [2, 7], 17),
    sample(GRURecurrenceGradient(given: [0, 1]), [4, 17], 32, lengths: true),
    sample(GRURecurrenceGradient(reversed: true, given: [0]), [5, 4], 40, lengths: true),
    sample(GRURecurrenceGradient(given: [0]), [2, 3], 70),
  ]

  private static func sample(
    _ op: GRURecurrenceGradient, _ extents: [Int], _ hidden: Int, lengths: Bool = false
  ) -> Sample {
    let (values, state) = (Shape(extents + [hidden]), Shape([extents[1], hidden]))
    return Sample(
      op,
      [.normal([3 * hidden, hidden]), .uniform(Shape(extents + [4 * hidden]), 0.1...0.9)]
        + [.normal(values)] + op.given.map { .normal($0 == 0 ? values : state) }
        + (lengths ? [.integers([extents[1]], 1...extents[0], .i32)] : []),
      differentiable: false, onnx: false, tolerance: 2e-5)
  }
}
