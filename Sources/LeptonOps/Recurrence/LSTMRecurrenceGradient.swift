import Foundation
public import LeptonGraph
public import LeptonValues

/// The gradient of `LSTMRecurrence`, back through its steps.
///
/// Operands: recurrent weights `[4H, H]`; gates `[T, N, 4H]` and cell states before each step
/// `[T, N, H]`, as the recurrence keeps them; the gradients of those of its first three results that
/// `given` names; if wanted, lengths `[N]`.
/// Results: the gradients of the sums `[T, N, 4H]` and of the first hidden and cell state `[N, H]`.
public struct LSTMRecurrenceGradient: Op {
  public static let name = "lstmRecurrenceGradient"

  public var reversed: Bool
  /// Ascending: 0 for the hidden values of all steps, 1 and 2 for the last states.
  public var given: [Int]

  public init(reversed: Bool = false, given: [Int]) {
    self.reversed = reversed
    self.given = given
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    let count = 3 + given.count
    guard operands.count >= count, !given.isEmpty, given.allSatisfy((0..<3).contains) else {
      try expect(max(count, 4), operands)
      return []
    }
    try requireFloat(Array(operands[..<count]))
    try requireRank(operands[1], 3, "gates", "[steps, batch, 4 * hidden]")
    try requireRank(operands[2], 3, "cell states", "[steps, batch, hidden]")
    let values = operands[2]
    let (steps, batch, hidden) = (values.shape[0], values.shape[1], values.shape[2])
    try requireShape(operands[0], [4 * hidden, hidden], "recurrent weight")
    try requireShape(operands[1], [steps, batch, 4 * hidden], "gates")
    let state = values.with(shape: [batch, hidden])
    for (result, type) in zip(given, operands[3...]) {
      try requireShape(type, result == 0 ? values.shape : state.shape, "gradient")
    }
    _ = try checkedLengths(operands, after: count, batch: batch)
    return [operands[1], state, state]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    throw notDifferentiable(node, fix: "write the cell in single operations")
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let (r, gates, cells) = (operands[0].doubles, operands[1].doubles, operands[2].doubles)
    let s = RecurrentSteps(
      operands[1].type, gates: 4, reversed: reversed,
      lengths: operands.dropFirst(3 + given.count).first)
    let gradients = Dictionary(
      uniqueKeysWithValues: zip(given, operands[3...]).map { ($0, $1.doubles) })
    let zeros = [Double](repeating: 0, count: s.batch * s.hidden)
    var (dh, dc) = (gradients[1] ?? zeros, gradients[2] ?? zeros)
    var dsums = [Double](repeating: 0, count: gates.count)
    s.forEachBackwards { n, row in
      let first = row * 4 * s.hidden
      for unit in 0..<s.hidden {
        let (state, value) = (n * s.hidden + unit, row * s.hidden + unit)
        let places = (0..<4).map { first + $0 * s.hidden + unit }
        let (i, f, g, o) = (
          gates[places[0]], gates[places[1]], gates[places[2]], gates[places[3]]
        )
        let squashed = tanh(f * cells[value] + i * g)
        let outer = dh[state] + (gradients[0]?[value] ?? 0)
        let inner = dc[state] + outer * o * (1 - squashed * squashed)
        dsums[places[0]] = inner * g * i * (1 - i)
        dsums[places[1]] = inner * cells[value] * f * (1 - f)
        dsums[places[2]] = inner * i * (1 - g * g)
        dsums[places[3]] = outer * squashed * o * (1 - o)
        dc[state] = inner * f
      }
      let back = s.transposedProduct(r, rows: 4 * s.hidden, dsums, from: first)
      dh.replaceSubrange(n * s.hidden..<(n + 1) * s.hidden, with: back)
    }
    return zip([dsums, dh, dc], results).map { TensorData($0, as: $1) }
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    let hidden = operands[0].shape[1]
    return Cost(
      flops: operands[1].shape.elementCount * (2 * hidden + 10), operands, results)
  }

  public static let samples = [
    sample(LSTMRecurrenceGradient(given: [0]), [3, 2], 5),
    sample(LSTMRecurrenceGradient(reversed: true, given: [1]), [2, 7], 17),
    sample(LSTMRecurrenceGradient(given: [0, 1, 2]), [4, 17], 32, lengths: true),
    sample(LSTMRecurrenceGradient(reversed: true, given: [0, 2]), [5, 4], 40, lengths: true),
    sample(LSTMRecurrenceGradient(given: [0]), [2, 3], 70),
  ]

  private static func sample(
    _ op: LSTMRecurrenceGradient, _ extents: [Int], _ hidden: Int, lengths: Bool = false
  ) -> Sample {
    let (values, state) = (Shape(extents + [hidden]), Shape([extents[1], hidden]))
    return Sample(
      op,
      [.normal([4 * hidden, hidden]), .uniform(Shape(extents + [4 * hidden]), 0.1...0.9)]
        + [.normal(values)] + op.given.map { .normal($0 == 0 ? values : state) }
        + (lengths ? [.integers([extents[1]], 1...extents[0], .i32)] : []),
      differentiable: false, onnx: false, tolerance: 2e-5)
  }
}
