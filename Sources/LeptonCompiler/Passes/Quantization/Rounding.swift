import LeptonGraph
import LeptonOps
import LeptonValues

/// A quantisation or dequantisation by constants as elementwise steps.
struct Rounding {
  private let scale: Double
  private let zero: Int
  /// nil: a dequantisation.
  private let dtype: DType?

  init?(_ op: any Op, _ operands: [Value], _ facts: QuantizationFacts) {
    switch op {
    case let op as Quantize where op.axis == nil: dtype = op.dtype
    case let op as Dequantize where op.axis == nil: dtype = nil
    default: return nil
    }
    guard facts.constants[operands[0]] == nil, let scale = facts.scalar(operands[1]),
      let zero = facts.zeroPoint(operands)
    else { return nil }
    self.scale = scale
    self.zero = zero
  }

  func emit(_ x: Value, _ b: inout GraphBuilder) throws -> Value {
    func constant(_ number: Double) throws -> Value {
      try b.add(one: Constant(TensorData(scalar: Float(number))))
    }
    guard let dtype else {
      let real = try b.add(one: Cast(to: .f32), x)
      let centered = zero == 0 ? real : try b.add(one: Subtract(), real, constant(Double(zero)))
      return try b.add(one: Multiply(), centered, constant(scale))
    }
    let rounded = try b.add(one: Round(), b.add(one: Divide(), x, constant(scale)))
    let shifted = zero == 0 ? rounded : try b.add(one: Add(), rounded, constant(Double(zero)))
    let bounds: (Double, Double) = dtype == .u8 ? (0, 255) : (-128, 127)
    let clipped = try b.add(one: Clip(low: bounds.0, high: bounds.1), shifted)
    return try b.add(one: Cast(to: dtype), clipped)
  }
}
