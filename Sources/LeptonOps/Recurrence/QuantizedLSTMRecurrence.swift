public import LeptonGraph
import LeptonValues

/// The steps of an LSTM whose recurrent weights are integers with one step for each output: what the compiler makes of
/// `LSTMRecurrence` with dequantised constant weights.
///
/// Operands: sums `[T, N, 4H]`, weights `i8[4H, H]`, their steps `[4H]`, then as `LSTMRecurrence`.
/// Results: those of `LSTMRecurrence`.
public struct QuantizedLSTMRecurrence: CompositeOp {
  public static let name = "quantized_lstm_recurrence"

  public var reversed: Bool

  public init(reversed: Bool = false) { self.reversed = reversed }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    guard operands.count >= 5 else { try expect(5, operands.map { b.type(of: $0) }); return [] }
    let integers = try b.add(one: Cast(to: .f32), operands[1])
    let steps = try b.add(one: Reshape([b.shape(of: operands[1])[0], 1]), operands[2])
    let weights = try b.add(one: Multiply(), integers, steps)
    return try b.add(
      LSTMRecurrence(reversed: reversed), [operands[0], weights] + operands.dropFirst(3))
  }

  public static let samples = [
    sample(QuantizedLSTMRecurrence(), [3, 2], 5),
    sample(QuantizedLSTMRecurrence(reversed: true), [2, 7], 17),
    sample(QuantizedLSTMRecurrence(), [4, 17], 32, lengths: true),
    sample(QuantizedLSTMRecurrence(reversed: true), [5, 4], 41, lengths: true),
    sample(QuantizedLSTMRecurrence(), [2, 26], 16),
    sample(QuantizedLSTMRecurrence(), [2, 1], 700),
    sample(QuantizedLSTMRecurrence(), [1, 1], 1),
  ]

  private static func sample(
    _ op: QuantizedLSTMRecurrence, _ extents: [Int], _ hidden: Int, lengths: Bool = false
  ) -> Sample {
    let state = Sample.Operand.normal([extents[1], hidden])
    return Sample(
      op,
      [
        .normal(Shape(extents + [4 * hidden])), .integers([4 * hidden, hidden], -128...127, .i8),
        .uniform([4 * hidden], 0.001...0.002), state, state,
      ] + (lengths ? [.integers([extents[1]], 1...extents[0], .i64)] : []),
      differentiable: false, onnx: false, tolerance: 5e-4)
  }
}
