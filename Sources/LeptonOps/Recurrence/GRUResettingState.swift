import LeptonGraph
import LeptonValues

extension GRU {
  /// Sequences that are written out; longer ones would make graphs that nobody wants to wait for.
  private static let longestSequence = 1024

  /// The steps one by one, in single operations.
  func stepsResettingState(
    _ cell: RecurrentOperands, _ sums: Value, _ weight: Value, _ bias: Value, _ start: Value,
    _ b: inout GraphBuilder
  ) throws -> [Value] {
    let (steps, hidden) = (cell.shape[0], cell.hidden)
    guard cell.lengths.isEmpty, 1...Self.longestSequence ~= steps else {
      throw LeptonError(
        .badInput, "gru: \(steps) steps, or lengths, with a reset gate before the product",
        fix: "let the gate act on the product (linear_before_reset)")
    }
    /// A part of the last axis, or the first.
    func part(_ value: Value, _ range: Range<Int>, axis: Int) throws -> Value {
      try b.add(one: Slice(range, axis: axis, rank: b.shape(of: value).rank), value)
    }
    let (both, last) = (0..<2 * hidden, 2 * hidden..<3 * hidden)
    let weights = try [both, last].map { try part(weight, $0, axis: 0) }
    let biases = try [both, last].map { try part(bias, $0, axis: 0) }
    let one = try b.scalar(1, like: sums)
    var state = start
    var states: [Value] = []
    for step in 0..<steps {
      let time = reversed ? steps - 1 - step : step
      let slice = try part(sums, time..<(time + 1), axis: 0)
      let x = try b.add(one: Reshape([-1, 3 * hidden]), slice)
      func sum(_ index: Int, _ range: Range<Int>, _ state: Value) throws -> Value {
        let product = try b.add(one: MatMul(transposeB: true), state, weights[index])
        let shifted = try b.add(one: Add(), product, biases[index])
        return try b.add(one: Add(), part(x, range, axis: 1), shifted)
      }
      let gates = try b.add(one: Sigmoid(), sum(0, both, state))
      let reset = try part(gates, 0..<hidden, axis: 1)
      let update = try part(gates, hidden..<2 * hidden, axis: 1)
      let kept = try b.add(one: Multiply(), reset, state)
      let candidate = try b.add(one: Tanh(), sum(1, last, kept))
      let fresh = try b.add(one: Multiply(), b.add(one: Subtract(), one, update), candidate)
      state = try b.add(one: Add(), fresh, b.add(one: Multiply(), update, state))
      states.append(try b.add(one: Reshape([1, -1, hidden]), state))
    }
    return [try b.add(Concat(axis: 0), reversed ? states.reversed() : states)[0], state]
  }
}
