package import LeptonGraph
import LeptonValues

/// One direction of an ONNX recurrence whose steps are written out: whatever LSTM and GRU as single operations do not
/// take, and the plain cell of RNN.
///
/// Gates stand in ONNX's order: update, reset, hidden; or input, output, forget, cell.
struct UnrolledRecurrence {
  enum Cell { case rnn, gru, lstm }

  /// Sequences that are written out; longer ones would make graphs that nobody wants to wait for.
  private static let longestSequence = 1024

  var cell: Cell
  var activations: [RecurrentActivation]
  /// What the operands of activations are limited to.
  var clip: Double?
  var hasLinearReset = false
  var couplesForget = false
  var isReversed: Bool
  let hidden: Int

  /// What weights `[gates·H, I]` make of rows `[..., I]`, for some of the gates.
  typealias Product = (
    _ rows: Value, _ gates: Range<Int>, _ context: inout ONNXReadContext
  ) throws -> Value

  struct Operands {
    /// `[T, N, I]`
    var x: Value
    var inputProduct: Product
    var recurrentProduct: Product
    /// One for each product.
    var biases: [Value]
    var lengths: Value?
    /// `[N, H]`; of LSTM the cell's as well.
    var states: [Value]
    /// Input, output, forget.
    var peepholes: [Value] = []
  }

  private var gates: Int {
    switch cell {
    case .rnn: 1
    case .gru: 3
    case .lstm: 4
    }
  }

  /// The hidden values of all steps `[T, N, H]` and the last states.
  func results(
    _ operands: Operands, _ node: ONNXNode, _ context: inout ONNXReadContext
  ) throws -> [Value] {
    let steps = context.shape(of: operands.x)[0]
    guard 1...Self.longestSequence ~= steps else {
      throw node.error(
        "\(steps) steps of a cell that is written out", fix: "give 1 to \(Self.longestSequence)")
    }
    let product = try operands.inputProduct(operands.x, 0..<gates, &context)
    let sums = try context.plus(product, operands.biases[0])
    var states = operands.states
    var values = [Value?](repeating: nil, count: steps)
    for step in 0..<steps {
      let time = isReversed ? steps - 1 - step : step
      let now = try context.reshaped(
        context.part(sums, time..<time + 1, axis: 0), [-1, gates * hidden])
      let next = try advance(states, now, operands, &context)
      guard let lengths = operands.lengths else {
        (states, values[time]) = (next, next[0])
        continue
      }
      // An example rests past its length.
      let isWithin = try context.reshaped(
        context.add(Greater(), lengths, context.number(Double(time), like: lengths)), [-1, 1])
      values[time] = try context.select(isWithin, next[0], else: 0)
      states = try zip(next, states).map { try context.add(Select(), isWithin, $0, $1) }
    }
    let rows = try values.map { try context.reshaped($0!, [1, -1, hidden]) }
    return [try context.joined(rows, axis: 0)] + states
  }

  private func advance(
    _ states: [Value], _ sums: Value, _ operands: Operands, _ context: inout ONNXReadContext
  ) throws -> [Value] {
    switch cell {
    case .rnn:
      return [try activated(0, total(sums, states[0], 0..<1, operands, &context), &context)]
    case .gru: return [try advanceGRU(states[0], sums, operands, &context)]
    case .lstm: return try advanceLSTM(states, sums, operands, &context)
    }
  }

  private func advanceGRU(
    _ h: Value, _ sums: Value, _ operands: Operands, _ context: inout ONNXReadContext
  ) throws -> Value {
    let both = try activated(0, total(sums, h, 0..<2, operands, &context), &context)
    let update = try context.part(both, 0..<hidden, axis: 1)
    let reset = try context.part(both, hidden..<2 * hidden, axis: 1)
    let sum: Value
    if hasLinearReset {
      let recurrent = try recurrent(h, 2..<3, operands, &context)
      sum = try context.plus(gate(sums, 2..<3, &context), context.times(reset, recurrent))
    } else {
      sum = try total(sums, context.times(reset, h), 2..<3, operands, &context)
    }
    let candidate = try activated(1, sum, &context)
    // (1 - z) n + z h
    return try context.plus(candidate, context.times(update, context.minus(h, candidate)))
  }

  private func advanceLSTM(
    _ states: [Value], _ sums: Value, _ operands: Operands, _ context: inout ONNXReadContext
  ) throws -> [Value] {
    let (h, c) = (states[0], states[1])
    let all = try total(sums, h, 0..<4, operands, &context)
    func sum(_ index: Int, seeing cell: Value? = nil) throws -> Value {
      let gate = try gate(all, index..<index + 1, &context)
      guard let cell, !operands.peepholes.isEmpty else { return gate }
      return try context.plus(gate, context.times(operands.peepholes[index], cell))
    }
    let input = try activated(0, sum(0, seeing: c), &context)
    let forget =
      couplesForget
      ? try context.minus(context.number(1, like: input), input)
      : try activated(0, sum(2, seeing: c), &context)
    let candidate = try activated(1, sum(3), &context)
    let next = try context.plus(context.times(forget, c), context.times(input, candidate))
    let output = try activated(0, sum(1, seeing: next), &context)
    return [try context.times(output, activations[2].apply(to: next, &context)), next]
  }

  /// What the input and the state say together to some gates, `[N, gates * H]`.
  private func total(
    _ sums: Value, _ h: Value, _ gates: Range<Int>, _ operands: Operands,
    _ context: inout ONNXReadContext
  ) throws -> Value {
    try context.plus(
      gate(sums, gates, &context), recurrent(h, gates, operands, &context))
  }

  private func recurrent(
    _ h: Value, _ gates: Range<Int>, _ operands: Operands, _ context: inout ONNXReadContext
  ) throws -> Value {
    let rows = gates.lowerBound * hidden..<gates.upperBound * hidden
    let bias = try context.part(operands.biases[1], rows, axis: 0)
    return try context.plus(operands.recurrentProduct(h, gates, &context), bias)
  }

  private func gate(
    _ sums: Value, _ gates: Range<Int>, _ context: inout ONNXReadContext
  ) throws -> Value {
    try context.part(sums, gates.lowerBound * hidden..<gates.upperBound * hidden, axis: 1)
  }

  private func activated(
    _ index: Int, _ sum: Value, _ context: inout ONNXReadContext
  ) throws -> Value {
    let limited = try clip.map { try context.add(Clip(low: -$0, high: $0), sum) } ?? sum
    return try activations[index].apply(to: limited, &context)
  }
}

/// RNN, the recurrence of ONNX that no operation here stands for.
package enum PlainRecurrence {
  package static let onnxReaders = ["RNN": RecurrentONNX.rnn.unrolledReader]
}
