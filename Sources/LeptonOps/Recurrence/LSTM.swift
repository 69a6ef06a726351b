public import LeptonGraph
import LeptonValues

/// Long short-term memory (Hochreiter & Schmidhuber 1997; with forget gate, Gers et al. 2000) over a
/// sequence, defined as in PyTorch.
///
/// Operands: x `[T, N, I]`; input weights `[4H, I]`, recurrent weights `[4H, H]` and a bias for each,
/// `[4H]`, their rows by gate: input, forget, candidate, output; if wanted, the first hidden and cell
/// state, `[N, H]`, zeros otherwise; if wanted, lengths `[N]`, whole numbers.
/// Results: hidden values of all steps `[T, N, H]`, 0 past an example's length; the last hidden and
/// cell state, `[N, H]`.
public struct LSTM: CompositeOp {
  public static let name = "lstm"

  /// Whether it goes from the last step to the first.
  public var reversed: Bool

  public init(reversed: Bool = false) { self.reversed = reversed }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    let cell = try RecurrentOperands(operands, gates: 4, states: 2, of: self, b)
    let bias = try b.add(one: Add(), operands[3], operands[4])
    let sums = try cell.projected(operands[1], bias, &b)
    let states = try cell.states ?? b.zeroStates(cell, count: 2)
    let results = try b.add(
      LSTMRecurrence(reversed: reversed), [sums, operands[2]] + states + cell.lengths)
    return Array(results[..<3])
  }

  public static let samples = [
    Sample(LSTM(), weights(4, 3, 5) + [.normal([20]), .normal([20])], tolerance: 2e-5),
    Sample(
      LSTM(reversed: true),
      weights(4, 3, 9, steps: 3, batch: 5) + [.normal([36]), .normal([36])]
        + [.normal([5, 9]), .normal([5, 9])], tolerance: 2e-5),
    Sample(
      LSTM(),
      weights(4, 3, 8) + [.normal([32]), .normal([32]), .integers([2], 1...4, .i32)],
      tolerance: 2e-5),
    Sample(
      LSTM(reversed: true),
      weights(4, 2, 4, steps: 5, batch: 3)
        + [.normal([16]), .normal([16]), .normal([3, 4]), .normal([3, 4])]
        + [.integers([3], 1...5, .i64)], tolerance: 2e-5),
  ]

  /// Operands of a sample: x and both weights.
  static func weights(
    _ gates: Int, _ inputs: Int, _ hidden: Int, steps: Int = 4, batch: Int = 2
  ) -> [Sample.Operand] {
    [
      .normal([steps, batch, inputs]), .normal([gates * hidden, inputs]),
      .normal([gates * hidden, hidden]),
    ]
  }

  public static let onnxReaders = [
    "LSTM": RecurrentONNX.lstm.reader { LSTM(reversed: $1) }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    RecurrentONNX.lstm.write(node, reversed: reversed, [:], &writer)
  }
}
