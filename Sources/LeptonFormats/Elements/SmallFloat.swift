/// A floating-point format of at most 16 bits: sign, exponent, fraction.
struct SmallFloat {
  /// What the largest exponents and the pattern of minus zero mean.
  enum Specials {
    /// Infinities and NaN at the largest exponent, as IEEE 754 has it.
    case ieee
    /// All ones is NaN; there is no infinity (Micikevicius et al., "FP8 Formats for Deep Learning", 2022).
    case finite
    /// Minus zero is NaN; there is no infinity.
    case finiteUnsignedZero
    /// Every pattern is a number.
    case none
  }

  let exponentBits: Int
  let fractionBits: Int
  let bias: Int
  let specials: Specials

  /// The number of every pattern.
  var table: [Float] { (0..<(1 << (1 + exponentBits + fractionBits))).map(number) }

  private func number(_ bits: Int) -> Float {
    let fraction = bits & ((1 << fractionBits) - 1)
    let top = (1 << exponentBits) - 1
    let exponent = bits >> fractionBits & top
    let sign: Float = bits >> (fractionBits + exponentBits) == 0 ? 1 : -1
    switch specials {
    case .ieee where exponent == top: return fraction == 0 ? sign * .infinity : .nan
    case .finite where exponent == top && fraction == (1 << fractionBits) - 1: return .nan
    case .finiteUnsignedZero where sign < 0 && exponent == 0 && fraction == 0: return .nan
    default: break
    }
    let significand = fraction + (exponent == 0 ? 0 : 1 << fractionBits)
    return Float(
      sign: sign < 0 ? .minus : .plus, exponent: max(exponent, 1) - bias - fractionBits,
      significand: Float(significand))
  }
}

extension SmallFloat {
  static let half = SmallFloat(exponentBits: 5, fractionBits: 10, bias: 15, specials: .ieee).table
  static let e4m3 = SmallFloat(exponentBits: 4, fractionBits: 3, bias: 7, specials: .finite).table
  static let e5m2 = SmallFloat(exponentBits: 5, fractionBits: 2, bias: 15, specials: .ieee).table
  static let e4m3fnuz =
    SmallFloat(exponentBits: 4, fractionBits: 3, bias: 8, specials: .finiteUnsignedZero).table
  static let e5m2fnuz =
    SmallFloat(exponentBits: 5, fractionBits: 2, bias: 16, specials: .finiteUnsignedZero).table
  static let e2m1 = SmallFloat(exponentBits: 2, fractionBits: 1, bias: 1, specials: .none).table
  /// Powers of two alone: no sign, no fraction, and the last pattern is NaN.
  static let e8m0: [Float] = (0..<256).map {
    $0 == 255 ? .nan : Float(sign: .plus, exponent: $0 - 127, significand: 1)
  }
}
