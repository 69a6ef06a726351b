/// How a floating-point number of at most 16 bits is written: sign, exponent, fraction, from the highest bit.
///
/// Sources: IEEE 754 (half precision); arXiv:2209.05433 (E4M3, E5M2); arXiv:2206.02915 (the FNUZ forms); the OCP
/// Microscaling Formats specification 1.0 (E8M0, E2M1).
package struct FloatFormat: Sendable {
  /// What the numbers beyond the finite ones are.
  package enum Specials: Sendable {
    /// The highest exponent means infinity, or NaN where the fraction is not 0.
    case infinityAndNaN
    /// All bits set but the sign mean NaN; there is no infinity.
    case onlyNaN
    /// The pattern of negative zero means NaN; there is no other special and no negative zero.
    case negativeZeroIsNaN
    /// Every pattern is a number.
    case none
  }

  package let exponentBits: Int
  package let fractionBits: Int
  package let bias: Int
  package let specials: Specials

  package static let half = FloatFormat(
    exponentBits: 5, fractionBits: 10, bias: 15, specials: .infinityAndNaN)
  package static let e4m3fn = FloatFormat(
    exponentBits: 4, fractionBits: 3, bias: 7, specials: .onlyNaN)
  package static let e4m3fnuz = FloatFormat(
    exponentBits: 4, fractionBits: 3, bias: 8, specials: .negativeZeroIsNaN)
  package static let e5m2 = FloatFormat(
    exponentBits: 5, fractionBits: 2, bias: 15, specials: .infinityAndNaN)
  package static let e5m2fnuz = FloatFormat(
    exponentBits: 5, fractionBits: 2, bias: 16, specials: .negativeZeroIsNaN)
  package static let e2m1 = FloatFormat(exponentBits: 2, fractionBits: 1, bias: 1, specials: .none)

  private var signBit: Int { 1 << (exponentBits + fractionBits) }
  private var exponentMask: Int { (1 << exponentBits) - 1 }
  private var fractionMask: Int { (1 << fractionBits) - 1 }

  /// The pattern of the largest finite number.
  private var largest: Int {
    switch specials {
    case .infinityAndNaN: (exponentMask << fractionBits) - 1
    case .onlyNaN: signBit - 2
    case .negativeZeroIsNaN, .none: signBit - 1
    }
  }

  /// The number that `bits` stand for.
  package func decode(_ bits: Int) -> Double {
    let magnitude = bits & (signBit - 1)
    let sign: Double = bits & signBit == 0 ? 1 : -1
    switch specials {
    case .infinityAndNaN where magnitude >> fractionBits == exponentMask:
      return magnitude & fractionMask == 0 ? sign * .infinity : .nan
    case .onlyNaN where magnitude == signBit - 1: return .nan
    case .negativeZeroIsNaN where bits == signBit: return .nan
    default: break
    }
    let exponent = magnitude >> fractionBits
    let fraction = magnitude & fractionMask
    let scale = power(max(exponent, 1) - bias - fractionBits)
    return sign * Double(exponent == 0 ? fraction : fraction + 1 << fractionBits) * scale
  }

  /// The pattern of the nearest number, ties to even. What is beyond the largest one becomes that one where `saturates`,
  /// else infinity, or NaN where there is none; where there is neither, the largest.
  package func encode(_ value: Double, saturates: Bool) -> Int {
    let sign = value.sign == .minus ? signBit : 0
    guard !value.isNaN else { return nan(sign) }
    let magnitude = value.magnitude
    guard magnitude <= decode(largest) * 2 else { return overflow(sign, saturates) }
    guard magnitude > 0 else { return zero(sign) }
    let least = 1 - bias
    var exponent = max(Int(magnitude.exponent), least)
    var steps = Int(
      (magnitude / power(exponent - fractionBits)).rounded(.toNearestOrEven))
    if steps == 0 { return zero(sign) }
    if steps == 2 << fractionBits {
      steps = 1 << fractionBits
      exponent += 1
    }
    let isNormal = steps >= 1 << fractionBits
    let bits = isNormal ? (exponent + bias) << fractionBits | steps & fractionMask : steps
    return bits > largest ? overflow(sign, saturates) : sign | bits
  }

  private func zero(_ sign: Int) -> Int { specials == .negativeZeroIsNaN ? 0 : sign }

  private func nan(_ sign: Int) -> Int {
    switch specials {
    case .infinityAndNaN: sign | exponentMask << fractionBits | 1 << (fractionBits - 1)
    case .onlyNaN: sign | signBit - 1
    case .negativeZeroIsNaN: signBit
    case .none: signBit
    }
  }

  private func overflow(_ sign: Int, _ saturates: Bool) -> Int {
    if saturates || specials == .none { return sign | largest }
    return specials == .infinityAndNaN ? sign | exponentMask << fractionBits : nan(sign)
  }

  private func power(_ exponent: Int) -> Double {
    Double(sign: .plus, exponent: exponent, significand: 1)
  }
}
