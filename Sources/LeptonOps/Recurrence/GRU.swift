public import LeptonGraph
import LeptonValues

/// The gated recurrent unit (Cho et al. 2014) over a sequence, defined as in PyTorch.
///
/// Operands: x `[T, N, I]`; input weights `[3H, I]`, recurrent weights `[3H, H]` and a bias for each,
/// `[3H]`, their rows by gate: reset, update, candidate; if wanted, the first hidden state, `[N, H]`,
/// zeros otherwise; if wanted, lengths `[N]`, whole numbers.
/// Results: hidden values of all steps `[T, N, H]`, 0 past an example's length; the last hidden
/// state, `[N, H]`.
public struct GRU: CompositeOp {
  public static let name = "gru"

  /// Whether it goes from the last step to the first.
  public var reversed: Bool

  /// Whether the reset gate acts on the state before its product with the weights, as Cho et al. have
  /// it, and not on the product, as PyTorch has it. Then every step is written out.
  public var resetsState: Bool

  public init(reversed: Bool = false, resetsState: Bool = false) {
    self.reversed = reversed
    self.resetsState = resetsState
  }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    let cell = try RecurrentOperands(operands, gates: 3, states: 1, of: self, b)
    let sums = try cell.projected(operands[1], operands[3], &b)
    let states = try cell.states ?? b.zeroStates(cell, count: 1)
    if resetsState {
      return try stepsResettingState(cell, sums, operands[2], operands[4], states[0], &b)
    }
    let results = try b.add(
      GRURecurrence(reversed: reversed),
      [sums, operands[2], operands[4]] + states + cell.lengths)
    return Array(results[..<2])
  }

  public static let samples = [
    Sample(GRU(), LSTM.weights(3, 3, 5) + [.normal([15]), .normal([15])], tolerance: 2e-5),
    Sample(
      GRU(reversed: true),
      LSTM.weights(3, 3, 9, steps: 3, batch: 5)
        + [.normal([27]), .normal([27]), .normal([5, 9])], tolerance: 2e-5),
    Sample(
      GRU(),
      LSTM.weights(3, 3, 8) + [.normal([24]), .normal([24]), .integers([2], 1...4, .i32)],
      tolerance: 2e-5),
    Sample(
      GRU(reversed: true),
      LSTM.weights(3, 2, 4, steps: 5, batch: 3)
        + [.normal([12]), .normal([12]), .normal([3, 4]), .integers([3], 1...5, .i64)],
      tolerance: 2e-5),
    Sample(
      GRU(resetsState: true), LSTM.weights(3, 3, 5) + [.normal([15]), .normal([15])],
      tolerance: 2e-5),
    Sample(
      GRU(reversed: true, resetsState: true),
      LSTM.weights(3, 3, 5) + [.normal([15]), .normal([15]), .normal([2, 5])], tolerance: 2e-5),
  ]

  /// With lengths, a cell that resets the state is written out by the reader.
  public static let onnxReaders = [
    "GRU": RecurrentONNX.gru.reader { node, reversed in
      let resetsState = node.int("linear_before_reset", default: 0) == 0
      guard !resetsState || node.optionalInput(4) == nil else { return nil }
      return GRU(reversed: reversed, resetsState: resetsState)
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    RecurrentONNX.gru.write(
      node, reversed: reversed, ["linear_before_reset": .int(resetsState ? 0 : 1)], &writer)
  }
}
