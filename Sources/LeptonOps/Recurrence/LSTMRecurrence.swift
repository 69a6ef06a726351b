import Foundation
public import LeptonGraph
public import LeptonValues

/// The steps of an LSTM, one after the other, after the product with the input: gates `i, f, g, o` of
/// `sums + R h`, then `c = f c + i g` and `h = o tanh(c)`.
///
/// Operands: sums `[T, N, 4H]`, recurrent weights `[4H, H]`, first hidden and cell state `[N, H]`; if
/// wanted, lengths `[N]`.
/// Results: hidden values `[T, N, H]`; last hidden and cell state; and, for the gradient, gates
/// `[T, N, 4H]` and the hidden and cell states before each step, `[T, N, H]`.
public struct LSTMRecurrence: Op {
  public static let name = "lstmRecurrence"

  public var reversed: Bool

  public init(reversed: Bool = false) { self.reversed = reversed }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    guard operands.count >= 4 else { try expect(4, operands); return [] }
    try requireFloat(Array(operands[..<4]))
    try requireRank(operands[0], 3, "sums", "[steps, batch, 4 * hidden]")
    try requireRank(operands[1], 2, "recurrent weight", "[4 * hidden, hidden]")
    let (steps, batch, hidden) = (
      operands[0].shape[0], operands[0].shape[1], operands[1].shape[1]
    )
    try requireShape(operands[0], [steps, batch, 4 * hidden], "sums")
    try requireShape(operands[1], [4 * hidden, hidden], "recurrent weight")
    for state in operands[2..<4] { try requireShape(state, [batch, hidden], "first state") }
    _ = try checkedLengths(operands, after: 4, batch: batch)
    let values = operands[0].with(shape: [steps, batch, hidden])
    return [values, operands[2], operands[3], operands[0], values, values]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard gradients[3...].allSatisfy({ $0 == nil }) else {
      throw notDifferentiable(node, fix: "differentiate its hidden values and last states")
    }
    let gradient = LSTMRecurrenceGradient(
      reversed: reversed, given: gradients.indices.filter { gradients[$0] != nil })
    let lengths = node.operands.dropFirst(4)
    let (r, kept) = (node.operands[1], node.results)
    let results = try b.add(
      gradient, [r, kept[3], kept[5]] + gradients.compactMap(\.self) + lengths)
    let dr = try b.recurrentWeightGradient(results[0], kept[4])
    return [results[0], dr, results[1], results[2]] + lengths.map { _ in nil }
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let (sums, r) = (operands[0].doubles, operands[1].doubles)
    let s = RecurrentSteps(
      operands[0].type, gates: 4, reversed: reversed, lengths: operands.dropFirst(4).first)
    var (h, c) = (operands[2].doubles, operands[3].doubles)
    var y = [Double](repeating: 0, count: results[0].shape.elementCount)
    var (hBefore, cBefore) = (y, y)
    var gates = [Double](repeating: 0, count: sums.count)
    s.forEach { n, row in
      let recurrent = s.product(r, rows: 4 * s.hidden, h, of: n)
      for unit in 0..<s.hidden {
        let (state, value) = (n * s.hidden + unit, row * s.hidden + unit)
        let places = (0..<4).map { $0 * s.hidden + unit }
        let z = places.map { sums[row * 4 * s.hidden + $0] + recurrent[$0] }
        let (i, f, g, o) = (sigmoid(z[0]), sigmoid(z[1]), tanh(z[2]), sigmoid(z[3]))
        for (place, gate) in zip(places, [i, f, g, o]) {
          gates[row * 4 * s.hidden + place] = gate
        }
        (hBefore[value], cBefore[value]) = (h[state], c[state])
        c[state] = f * c[state] + i * g
        h[state] = o * tanh(c[state])
        y[value] = h[state]
      }
    }
    return zip([y, h, c, gates, hBefore, cBefore], results).map { TensorData($0, as: $1) }
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    let hidden = operands[1].shape[1]
    return Cost(
      flops: operands[0].shape.elementCount * (2 * hidden + 8), operands, results)
  }

  public static let samples = [
    sample(LSTMRecurrence(), [3, 2], 5),
    sample(LSTMRecurrence(reversed: true), [2, 7], 17),
    sample(LSTMRecurrence(), [4, 17], 32, lengths: true),
    sample(LSTMRecurrence(reversed: true), [5, 4], 40, lengths: true),
    sample(LSTMRecurrence(), [2, 24], 16),
    sample(LSTMRecurrence(), [2, 1], 300),
  ]

  private static func sample(
    _ op: LSTMRecurrence, _ extents: [Int], _ hidden: Int, lengths: Bool = false
  ) -> Sample {
    let state = Sample.Operand.normal([extents[1], hidden])
    return Sample(
      op,
      [.normal(Shape(extents + [4 * hidden])), .normal([4 * hidden, hidden]), state, state]
        + (lengths ? [.integers([extents[1]], 1...extents[0], .i64)] : []),
      differentiable: false, onnx: false, tolerance: 2e-5)
  }
}
