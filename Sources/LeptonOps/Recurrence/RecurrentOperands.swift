import LeptonGraph
import LeptonValues

/// The operands that LSTM and GRU share, checked: x, weights and biases, first states, lengths.
struct RecurrentOperands {
  let x: Value
  let shape: Shape
  let batch: Int
  let hidden: Int
  let dtype: DType
  /// nil where they start from zeros.
  let states: [Value]?
  /// One value or none.
  let lengths: [Value]

  /// - Parameters:
  ///   - gates: parts that the weights have, one below the other.
  ///   - states: how many values a state has.
  init(
    _ operands: [Value], gates: Int, states: Int, of op: some Op, _ b: GraphBuilder
  ) throws {
    let types = operands.map { b.type(of: $0) }
    let isMeasured = types.last.map { !$0.dtype.isFloatingPoint } ?? false
    let numbers = types.count - (isMeasured ? 1 : 0)
    try op.expect(numbers > 5 ? 5 + states : 5, Array(types[..<numbers]))
    dtype = try op.requireFloat(Array(types[..<numbers]))
    try op.requireRank(types[0], 3, "input", "[steps, batch, features]")
    try op.requireRank(types[2], 2, "recurrent weight", "[\(gates) * hidden, hidden]")
    x = operands[0]
    shape = types[0].shape
    batch = shape[1]
    hidden = types[2].shape[1]
    let rows = gates * hidden
    try op.requireShape(types[1], [rows, shape[2]], "input weight")
    try op.requireShape(types[2], [rows, hidden], "recurrent weight")
    try op.requireShape(types[3], [rows], "input bias")
    try op.requireShape(types[4], [rows], "recurrent bias")
    for type in types[5..<numbers] { try op.requireShape(type, [batch, hidden], "first state") }
    self.states = numbers > 5 ? Array(operands[5..<numbers]) : nil
    lengths = Array(operands[numbers...])
    _ = try op.checkedLengths(types, after: numbers, batch: batch)
  }

  /// What the input adds to the gates at each step, in one product for all: `[T, N, gates·H]`.
  func projected(_ weight: Value, _ bias: Value, _ b: inout GraphBuilder) throws -> Value {
    let rows = try b.add(one: Reshape([-1, shape[2]]), x)
    let product = try b.add(one: MatMul(transposeB: true), rows, weight)
    let sums = try b.add(one: Add(), product, bias)
    return try b.add(one: Reshape([shape[0], batch, b.shape(of: weight)[0]]), sums)
  }
}

extension GraphBuilder {
  /// First states of zeros.
  mutating func zeroStates(_ cell: RecurrentOperands, count: Int) throws -> [Value] {
    let type = TensorType(cell.dtype, [cell.batch, cell.hidden])
    let zeros = try constant(TensorData(zeros: type))
    return Array(repeating: zeros, count: count)
  }

  /// The gradient of recurrent weights: of `sums` `[T, N, G]` by the states `[T, N, H]` before them.
  mutating func recurrentWeightGradient(_ sums: Value, _ before: Value) throws -> Value {
    let rows = try [sums, before].map {
      try add(one: Reshape([-1, shape(of: $0)[2]]), $0)
    }
    return try add(one: MatMul(transposeA: true), rows[0], rows[1])
  }
}
