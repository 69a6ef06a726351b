/// A floating-point number of few bits, held as its pattern.
public protocol EncodedFloat: Scalar {
  associatedtype Bits: FixedWidthInteger & UnsignedInteger & BitwiseCopyable & Sendable
  var bits: Bits { get }
  init(bits: Bits)
}

/// IEEE half precision.
public struct Half: EncodedFloat {
  public let bits: UInt16
  public init(bits: UInt16) { self.bits = bits }
  public static var dtype: DType { .f16 }
  public var asDouble: Double { FloatFormat.half.decode(Int(bits)) }
  public init(nearest value: Double) {
    bits = UInt16(FloatFormat.half.encode(value, saturates: false))
  }
}

/// Eight bits, no infinity, largest 448.
public struct Float8E4M3FN: EncodedFloat {
  public let bits: UInt8
  public init(bits: UInt8) { self.bits = bits }
  public static var dtype: DType { .f8e4m3fn }
  public var asDouble: Double { FloatFormat.e4m3fn.decode(Int(bits)) }
  public init(nearest value: Double) {
    bits = UInt8(FloatFormat.e4m3fn.encode(value, saturates: true))
  }
}

/// Eight bits, no infinity and one zero, largest 240.
public struct Float8E4M3FNUZ: EncodedFloat {
  public let bits: UInt8
  public init(bits: UInt8) { self.bits = bits }
  public static var dtype: DType { .f8e4m3fnuz }
  public var asDouble: Double { FloatFormat.e4m3fnuz.decode(Int(bits)) }
  public init(nearest value: Double) {
    bits = UInt8(FloatFormat.e4m3fnuz.encode(value, saturates: true))
  }
}

/// Eight bits, as IEEE would have them, largest 57,344.
public struct Float8E5M2: EncodedFloat {
  public let bits: UInt8
  public init(bits: UInt8) { self.bits = bits }
  public static var dtype: DType { .f8e5m2 }
  public var asDouble: Double { FloatFormat.e5m2.decode(Int(bits)) }
  public init(nearest value: Double) {
    bits = UInt8(FloatFormat.e5m2.encode(value, saturates: true))
  }
}

/// Eight bits, no infinity and one zero, largest 57,344.
public struct Float8E5M2FNUZ: EncodedFloat {
  public let bits: UInt8
  public init(bits: UInt8) { self.bits = bits }
  public static var dtype: DType { .f8e5m2fnuz }
  public var asDouble: Double { FloatFormat.e5m2fnuz.decode(Int(bits)) }
  public init(nearest value: Double) {
    bits = UInt8(FloatFormat.e5m2fnuz.encode(value, saturates: true))
  }
}

/// Four bits: 0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives.
public struct Float4E2M1: EncodedFloat {
  public let bits: UInt8
  public init(bits: UInt8) { self.bits = bits & 0xF }
  public static var dtype: DType { .f4e2m1 }
  public var asDouble: Double { FloatFormat.e2m1.decode(Int(bits)) }
  public init(nearest value: Double) {
    bits = UInt8(FloatFormat.e2m1.encode(value, saturates: true))
  }
}

/// A power of two from 2⁻¹²⁷ to 2¹²⁷, or NaN: the scale of a block of numbers.
public struct Float8E8M0: EncodedFloat {
  public let bits: UInt8
  public init(bits: UInt8) { self.bits = bits }
  public static var dtype: DType { .f8e8m0 }
  public var asDouble: Double {
    bits == 0xFF ? .nan : Double(sign: .plus, exponent: Int(bits) - 127, significand: 1)
  }
  public init(nearest value: Double) { self.init(value, rounding: .up, saturates: true) }

  /// Where a number between two powers goes.
  public enum Rounding: String, Sendable, Hashable, Codable {
    case up, down, nearest
  }

  /// The power for the magnitude of `value`. Outside of the range it is the nearer end where `saturates`, else NaN.
  public init(_ value: Double, rounding: Rounding, saturates: Bool) {
    guard !value.isNaN else {
      bits = 0xFF
      return
    }
    let magnitude = value.magnitude
    var exponent = magnitude == 0 ? -1000 : value.isInfinite ? 1000 : Int(magnitude.exponent)
    if magnitude > 0, magnitude.isFinite {
      let significand = magnitude.significand
      let rises =
        switch rounding {
        case .up: significand > 1
        case .down: false
        case .nearest: significand >= 1.5
        }
      if rises { exponent += 1 }
    }
    if (-127...127).contains(exponent) {
      bits = UInt8(exponent + 127)
    } else {
      bits = !saturates ? 0xFF : exponent < 0 ? 0 : 254
    }
  }
}
