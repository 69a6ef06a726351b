import LeptonOps
import LeptonValues

/// Long short-term memory over a sequence: `[N, T, inputs]` to the hidden values of all steps,
/// `[N, T, hidden]`.
///
/// Parameters are named, shaped and started as those of one layer of PyTorch's `LSTM`, their rows by
/// gate: input, forget, candidate, output. Source: Hochreiter and Schmidhuber, 1997.
public struct LSTM: Module {
  public var weightIhL0: Parameter
  public var weightHhL0: Parameter
  public var biasIhL0: Parameter
  public var biasHhL0: Parameter
  let op: LeptonOps.LSTM

  /// - Parameter reversed: whether it goes from the last step to the first.
  public init(_ inputs: Int, _ hidden: Int, reversed: Bool = false) {
    let weights = RecurrentWeights(inputs, hidden, gates: 4)
    (weightIhL0, weightHhL0) = (weights.input, weights.recurrent)
    (biasIhL0, biasHhL0) = (weights.inputBias, weights.recurrentBias)
    op = LeptonOps.LSTM(reversed: reversed)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { run(x).all }

  /// Hidden values of all steps, and the last hidden and cell state, `[N, hidden]`.
  ///
  /// - Parameters:
  ///   - state: the first hidden and cell state; zeros where nil.
  ///   - lengths: `[N]`, whole numbers: how many steps of each example count. Past them hidden values
  ///     are 0, and the last state is that of the last step that counts.
  public func run(
    _ x: Tensor, state: (hidden: Tensor, cell: Tensor)? = nil, lengths: Tensor? = nil
  ) -> (all: Tensor, hidden: Tensor, cell: Tensor) {
    let results = Tensor.applyAll(
      op,
      [x.transposed(1, 0, 2)]
        + [weightIhL0, weightHhL0, biasIhL0, biasHhL0].map(\.tensor)
        + (state.map { [$0.hidden, $0.cell] } ?? []) + (lengths.map { [$0] } ?? []), count: 3)
    return (results[0].transposed(1, 0, 2), results[1], results[2])
  }
}

/// The gated recurrent unit over a sequence: `[N, T, inputs]` to the hidden values of all steps,
/// `[N, T, hidden]`.
///
/// Parameters are named, shaped and started as those of one layer of PyTorch's `GRU`, their rows by
/// gate: reset, update, candidate. Source: Cho et al., 2014.
public struct GRU: Module {
  public var weightIhL0: Parameter
  public var weightHhL0: Parameter
  public var biasIhL0: Parameter
  public var biasHhL0: Parameter
  let op: LeptonOps.GRU

  /// - Parameter reversed: whether it goes from the last step to the first.
  public init(_ inputs: Int, _ hidden: Int, reversed: Bool = false) {
    let weights = RecurrentWeights(inputs, hidden, gates: 3)
    (weightIhL0, weightHhL0) = (weights.input, weights.recurrent)
    (biasIhL0, biasHhL0) = (weights.inputBias, weights.recurrentBias)
    op = LeptonOps.GRU(reversed: reversed)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { run(x).all }

  /// Hidden values of all steps, and the last hidden state, `[N, hidden]`.
  ///
  /// - Parameters:
  ///   - state: the first hidden state; zeros where nil.
  ///   - lengths: `[N]`, whole numbers: how many steps of each example count. Past them hidden values
  ///     are 0, and the last state is that of the last step that counts.
  public func run(
    _ x: Tensor, state: Tensor? = nil, lengths: Tensor? = nil
  ) -> (all: Tensor, hidden: Tensor) {
    let results = Tensor.applyAll(
      op,
      [x.transposed(1, 0, 2)]
        + [weightIhL0, weightHhL0, biasIhL0, biasHhL0].map(\.tensor)
        + [state, lengths].compactMap(\.self), count: 2)
    return (results[0].transposed(1, 0, 2), results[1])
  }
}

/// Weights of a recurrent layer as they start: all uniform within 1/√hidden.
private struct RecurrentWeights {
  let input: Parameter
  let recurrent: Parameter
  let inputBias: Parameter
  let recurrentBias: Parameter

  init(_ inputs: Int, _ hidden: Int, gates: Int) {
    let bound = 1 / Double(hidden).squareRoot()
    let start = Initializer.uniform(-bound...bound)
    input = Parameter([gates * hidden, inputs], start)
    recurrent = Parameter([gates * hidden, hidden], start)
    inputBias = Parameter([gates * hidden], start)
    recurrentBias = Parameter([gates * hidden], start)
  }
}
