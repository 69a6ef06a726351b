import LeptonOps
import LeptonValues

extension Requantization {
  /// What a result is kept within, in its own numbers, by its type and an activation; nil for activations that are no clamping.
  /// Whole numbers for integers: rounded bounds of what is then rounded.
  func bounds(_ activation: Activation?) -> ClosedRange<Float>? {
    let type: ClosedRange<Float>
    switch dtype {
    case .u8: type = 0...255
    case .i8: type = -128...127
    default: type = -Float.infinity...Float.infinity
    }
    switch activation {
    case nil: return type
    case .relu: return max(type.lowerBound, 0)...type.upperBound
    case .clip(let low, let high):
      let step = dtype == .f32 ? 1 : scale
      let (low, high) = (Float(low / step), Float(high / step))
      // A scale of 0 in a damaged file makes no bounds.
      guard low <= high else { return nil }
      let range = (low...high).clamped(to: type)
      guard dtype != .f32 else { return range }
      return range.lowerBound.rounded(
        .toNearestOrEven)...range.upperBound
        .rounded(.toNearestOrEven)
    default: return nil
    }
  }
}
