import LeptonValues

/// How the numbers of an activation become integers: type and step; the zero point is 0.
struct ActivationScale: Hashable {
  /// `u8` for activations that are never negative, else `i8`.
  let dtype: DType
  /// One step of the integers, as a real number.
  let scale: Float

  /// Steps by which 0...255 covers `range`, or -127...127 where some of it is negative.
  init(covering range: ClosedRange<Float>) {
    if range.lowerBound >= 0 {
      dtype = .u8
      scale = Self.step(range.upperBound / 255)
    } else {
      dtype = .i8
      scale = Self.step(max(-range.lowerBound, abs(range.upperBound)) / 127)
    }
  }

  /// An activation that was always zero has any step; 1 keeps the arithmetic finite.
  static func step(_ step: Float) -> Float { step.isNormal ? step : 1 }
}
