import LeptonGraph
import LeptonValues

/// The steps of a recurrence over `[T, N, ...]`, and which of them count: an example with a length
/// rests from there on, its state unchanged and its values 0.
struct RecurrentSteps {
  let steps: Int
  let batch: Int
  let hidden: Int
  let isReversed: Bool
  /// For each example; all steps where nil.
  var lengths: [Int]?

  /// - Parameters:
  ///   - sums: the type of something `[T, N, gates·H]`.
  init(_ sums: TensorType, gates: Int, reversed: Bool, lengths: TensorData? = nil) {
    steps = sums.shape[0]
    batch = sums.shape[1]
    hidden = sums.shape[2] / gates
    isReversed = reversed
    self.lengths = lengths?.ints
  }

  /// Calls `body` with each example `n` of each step that counts, and its row `t·N + n`, in order.
  func forEach(_ body: (_ n: Int, _ row: Int) -> Void) {
    for step in 0..<steps { visit(isReversed ? steps - 1 - step : step, body) }
  }

  /// The same from the last step to the first.
  func forEachBackwards(_ body: (_ n: Int, _ row: Int) -> Void) {
    for step in 0..<steps { visit(isReversed ? step : steps - 1 - step, body) }
  }

  private func visit(_ time: Int, _ body: (Int, Int) -> Void) {
    for n in 0..<batch where time < lengths?[n] ?? steps { body(n, time * batch + n) }
  }
}

extension Op {
  /// Checks that operands are numbers but for lengths at their end, whole numbers `[N]`; answers
  /// whether there are lengths.
  func checkedLengths(_ operands: [TensorType], after count: Int, batch: Int) throws -> Bool {
    guard operands.count == count + 1 else {
      try expect(count, operands)
      return false
    }
    let lengths = operands[count]
    guard lengths.dtype == .i32 || lengths.dtype == .i64 else {
      throw LeptonError(
        .badInput, "\(name): the lengths are \(lengths.dtype)", fix: "cast them to i64")
    }
    try requireShape(lengths, [batch], "lengths")
    return true
  }
}

extension RecurrentSteps {
  /// The product of row-major `[rows, H]` with the hidden state of example `n`.
  func product(_ matrix: [Double], rows: Int, _ state: [Double], of n: Int) -> [Double] {
    (0..<rows).map { row in
      (0..<hidden).reduce(0) { $0 + matrix[row * hidden + $1] * state[n * hidden + $1] }
    }
  }

  /// The product of row-major `[rows, H]`, transposed, with the numbers from `first` on.
  func transposedProduct(
    _ matrix: [Double], rows: Int, _ numbers: [Double], from first: Int
  ) -> [Double] {
    var result = [Double](repeating: 0, count: hidden)
    for row in 0..<rows {
      for unit in 0..<hidden { result[unit] += numbers[first + row] * matrix[row * hidden + unit] }
    }
    return result
  }
}

/// The logistic function.
func sigmoid(_ x: Double) -> Double { ScalarOp.sigmoid.evaluate([x]) }
