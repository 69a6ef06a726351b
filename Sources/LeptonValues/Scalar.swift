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
extension Int32: IntegerScalar { public static var dtype: DType { .i32 } }
extension Int64: IntegerScalar { public static var dtype: DType { .i64 } }

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
    case .i32: try body(Int32.self)
    case .i64: try body(Int64.self)
    case .bool: try body(Bool.self)
    }
  }
}
