/// A Swift type that stands for one `DType` in memory.
public protocol Scalar: Sendable, Hashable, BitwiseCopyable {
  static var dtype: DType { get }
  /// The value as a double; what the reference kernels compute with.
  var asDouble: Double { get }
  /// The nearest representable value: integers truncate toward zero and saturate.
  init(nearest value: Double)
}

extension Float: Scalar {
  public static var dtype: DType { .f32 }
  public var asDouble: Double { Double(self) }
  public init(nearest value: Double) { self = Float(value) }
}

extension Double: Scalar {
  public static var dtype: DType { .f64 }
  public var asDouble: Double { self }
  public init(nearest value: Double) { self = value }
}

extension Bool: Scalar {
  public static var dtype: DType { .bool }
  public var asDouble: Double { self ? 1 : 0 }
  public init(nearest value: Double) { self = value != 0 }
}

/// An integer that stands for a `DType`: conversion truncates and saturates, NaN becomes 0.
public protocol IntegerScalar: Scalar, FixedWidthInteger {}

extension IntegerScalar {
  public var asDouble: Double { Double(self) }

  public init(nearest value: Double) {
    if value >= Double(Self.min), value < Double(Self.max) {
      self = Self(value)
    } else {
      self = value.isNaN ? 0 : value < 0 ? Self.min : Self.max
    }
  }
}

extension Int8: IntegerScalar { public static var dtype: DType { .i8 } }
extension UInt8: IntegerScalar { public static var dtype: DType { .u8 } }
extension Int16: IntegerScalar { public static var dtype: DType { .i16 } }
extension UInt16: IntegerScalar { public static var dtype: DType { .u16 } }
extension Int32: IntegerScalar { public static var dtype: DType { .i32 } }
extension UInt32: IntegerScalar { public static var dtype: DType { .u32 } }
extension Int64: IntegerScalar { public static var dtype: DType { .i64 } }
extension UInt64: IntegerScalar { public static var dtype: DType { .u64 } }

/// Brain floating point: the upper 16 bits of an IEEE single.
public struct BFloat16: Scalar {
  public var bitPattern: UInt16

  public init(bitPattern: UInt16) { self.bitPattern = bitPattern }

  /// Rounds to nearest, ties to even; NaN stays NaN.
  public init(_ value: Float) {
    let bits = value.bitPattern
    if value.isNaN {
      bitPattern = UInt16(truncatingIfNeeded: bits >> 16) | 0x0040
    } else {
      let rounding = 0x7FFF + ((bits >> 16) & 1)
      bitPattern = UInt16(truncatingIfNeeded: (bits &+ rounding) >> 16)
    }
  }

  public static var dtype: DType { .bf16 }
  public var asDouble: Double { Double(Float(bitPattern: UInt32(bitPattern) << 16)) }
  public init(nearest value: Double) { self.init(Float(value)) }
}

extension DType {
  /// Calls `body` with the Swift type of this element type.
  package func withScalar<R>(_ body: (any Scalar.Type) throws -> R) rethrows -> R {
    switch self {
    case .f32: try body(Float.self)
    case .f64: try body(Double.self)
    case .bf16: try body(BFloat16.self)
    case .i8: try body(Int8.self)
    case .u8: try body(UInt8.self)
    case .f16: try body(Half.self)
    case .i16: try body(Int16.self)
    case .u16: try body(UInt16.self)
    case .i32: try body(Int32.self)
    case .u32: try body(UInt32.self)
    case .i64: try body(Int64.self)
    case .u64: try body(UInt64.self)
    case .f8e4m3fn: try body(Float8E4M3FN.self)
    case .f8e4m3fnuz: try body(Float8E4M3FNUZ.self)
    case .f8e5m2: try body(Float8E5M2.self)
    case .f8e5m2fnuz: try body(Float8E5M2FNUZ.self)
    case .f8e8m0: try body(Float8E8M0.self)
    case .f4e2m1: try body(Float4E2M1.self)
    case .i4: try body(Int4.self)
    case .u4: try body(UInt4.self)
    case .i2: try body(Int2.self)
    case .u2: try body(UInt2.self)
    case .bool: try body(Bool.self)
    }
  }
}
