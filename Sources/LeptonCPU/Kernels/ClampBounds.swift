import LeptonOps
import LeptonValues

extension Activation? {
  /// What a result is kept within, in units of `step`; nil for activations that are no clamping.
  func bounds(
    within type: ClosedRange<Float> = -.infinity ... .infinity, step: Double = 1
  ) -> ClosedRange<Float>? {
    switch self {
    case nil: return type
    case .relu: return max(type.lowerBound, 0)...type.upperBound
    case .clip(let low, let high):
      let (low, high) = (Float(low / step), Float(high / step))
      // A scale of 0 in a damaged file makes no bounds.
      return low <= high ? (low...high).clamped(to: type) : nil
    default: return nil
    }
  }
}

extension Requantization {
  /// What a result is kept within, in its own numbers, by its type and an activation; nil for activations that are no clamping.
  /// Whole numbers for integers: rounded bounds of what is then rounded.
  func bounds(_ activation: Activation?) -> ClosedRange<Float>? {
    let zero = Float(self.zero)
    let type: ClosedRange<Float>
    switch dtype {
    case .u8: type = (0 - zero)...(255 - zero)
    case .i8: type = (-128 - zero)...(127 - zero)
    default: return activation.bounds()
    }
    guard let bounds = activation.bounds(within: type, step: scale) else { return nil }
    let low = bounds.lowerBound.rounded(.toNearestOrEven) + zero
    return low...(bounds.upperBound.rounded(.toNearestOrEven) + zero)
  }
}
