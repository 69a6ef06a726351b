import Foundation
public import LeptonGraph
public import LeptonValues

/// The steps of a GRU, one after the other, after the product with the input: with `q = R h + b`,
/// gates `r` and `z` of `sums + q`, candidate `n = tanh(sum + r q)`, and `h = (1 - z) n + z h`.
///
/// Operands: sums `[T, N, 3H]`, recurrent weights `[3H, H]` and bias `[3H]`, first state `[N, H]`; if
/// wanted, lengths `[N]`.
/// Results: hidden values `[T, N, H]`; the last state; and, for the gradient, `r, z, n` and the
/// candidate's `q`, `[T, N, 4H]`, and the state before each step, `[T, N, H]`.
public struct GRURecurrence: Op {
  public static let name = "gruRecurrence"

  public var reversed: Bool

  public init(reversed: Bool = false) { self.reversed = reversed }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    guard operands.count >= 4 else { try expect(4, operands); return [] }
    try requireFloat(Array(operands[..<4]))
    try requireRank(operands[0], 3, "sums", "[steps, batch, 3 * hidden]")
    try requireRank(operands[1], 2, "recurrent weight", "[3 * hidden, hidden]")
    let (steps, batch, hidden) = (
      operands[0].shape[0], operands[0].shape[1], operands[1].shape[1]
    )
    try requireShape(operands[0], [steps, batch, 3 * hidden], "sums")
    try requireShape(operands[1], [3 * hidden, hidden], "recurrent weight")
    try requireShape(operands[2], [3 * hidden], "recurrent bias")
    try requireShape(operands[3], [batch, hidden], "first state")
    _ = try checkedLengths(operands, after: 4, batch: batch)
    let values = operands[0].with(shape: [steps, batch, hidden])
    return [values, operands[3], values.with(shape: [steps, batch, 4 * hidden]), values]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard gradients[2...].allSatisfy({ $0 == nil }) else {
      throw notDifferentiable(node, fix: "differentiate its hidden values and last state")
    }
    let gradient = GRURecurrenceGradient(
      reversed: reversed, given: gradients.indices.filter { gradients[$0] != nil })
    let lengths = node.operands.dropFirst(4)
    let (r, kept) = (node.operands[1], node.results)
    let results = try b.add(
      gradient, [r, kept[2], kept[3]] + gradients.compactMap(\.self) + lengths)
    let dr = try b.recurrentWeightGradient(results[1], kept[3])
    let rows = try b.add(one: Reshape([-1, b.shape(of: r)[0]]), results[1])
    let dbias = try b.add(one: Reduce(.sum, axes: [0], keepDims: false), rows)
    return [results[0], dr, dbias, results[2]] + lengths.map { _ in nil }
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let (sums, r, bias) = (operands[0].doubles, operands[1].doubles, operands[2].doubles)
    let s = RecurrentSteps(
      operands[0].type, gates: 3, reversed: reversed, lengths: operands.dropFirst(4).first)
    var h = operands[3].doubles
    var y = [Double](repeating: 0, count: results[0].shape.elementCount)
    var before = y
    var gates = [Double](repeating: 0, count: 4 * y.count)
    s.forEach { n, row in
      let recurrent = s.product(r, rows: 3 * s.hidden, h, of: n)
      for unit in 0..<s.hidden {
        let (state, value) = (n * s.hidden + unit, row * s.hidden + unit)
        let places = (0..<4).map { $0 * s.hidden + unit }
        let q = places[..<3].map { recurrent[$0] + bias[$0] }
        let x = places[..<3].map { sums[row * 3 * s.hidden + $0] }
        let reset = sigmoid(x[0] + q[0])
        let update = sigmoid(x[1] + q[1])
        let candidate = tanh(x[2] + reset * q[2])
        for (place, kept) in zip(places, [reset, update, candidate, q[2]]) {
          gates[row * 4 * s.hidden + place] = kept
        }
        before[value] = h[state]
        h[state] = candidate + update * (h[state] - candidate)
        y[value] = h[state]
      }
    }
    return zip([y, h, gates, before], results).map { TensorData($0, as: $1) }
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    let hidden = operands[1].shape[1]
    return Cost(
      flops: operands[0].shape.elementCount * (2 * hidden + 8), operands, results)
  }

  public static let samples = [
    sample(GRURecurrence(), [3, 2], 5),
    sample(GRURecurrence(reversed: true), [2, 7], 17),
    sample(GRURecurrence(), [4, 17], 32, lengths: true),
    sample(GRURecurrence(reversed: true), [5, 4], 40, lengths: true),
    sample(GRURecurrence(), [2, 24], 16),
    sample(GRURecurrence(), [2, 1], 300),
  ]

  private static func sample(
    _ op: GRURecurrence, _ extents: [Int], _ hidden: Int, lengths: Bool = false
  ) -> Sample {
    Sample(
      op,
      [.normal(Shape(extents + [3 * hidden])), .normal([3 * hidden, hidden])]
        + [.normal([3 * hidden]), .normal([extents[1], hidden])]
        + (lengths ? [.integers([extents[1]], 1...extents[0], .i64)] : []),
      differentiable: false, onnx: false, tolerance: 2e-5)
  }
}
