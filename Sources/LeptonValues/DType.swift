/// The type of a tensor's elements.
public enum DType: String, Sendable, Hashable, Codable, CaseIterable {
  case f32, f64, bf16, f16
  case i8, u8, i16, u16, i32, u32, i64, u64
  case bool
  // Types that tensors are stored and moved in, and cast or dequantised from: no arithmetic. Each element takes a byte.
  case f8e4m3fn, f8e4m3fnuz, f8e5m2, f8e5m2fnuz, f8e8m0, f4e2m1
  case i4, u4, i2, u2

  /// Bytes that one element takes in memory.
  public var byteCount: Int {
    switch self {
    case .i8, .u8, .bool: 1
    case .f8e4m3fn, .f8e4m3fnuz, .f8e5m2, .f8e5m2fnuz, .f8e8m0, .f4e2m1, .i4, .u4, .i2, .u2: 1
    case .bf16, .f16, .i16, .u16: 2
    case .f32, .i32, .u32: 4
    case .f64, .i64, .u64: 8
    }
  }

  /// Bits that tell elements apart: fewer than memory has for types of less than a byte.
  public var bitCount: Int {
    switch self {
    case .f4e2m1, .i4, .u4: 4
    case .i2, .u2: 2
    default: 8 * byteCount
    }
  }

  /// Whether it is computed in with fractions, and gradients flow through values of it.
  public var isFloatingPoint: Bool {
    switch self {
    case .f32, .f64, .bf16, .f16: true
    default: false
    }
  }

  /// Whether its elements are whole numbers, of any width.
  public var isInteger: Bool {
    switch self {
    case .i8, .u8, .i16, .u16, .i32, .u32, .i64, .u64, .i4, .u4, .i2, .u2: true
    default: false
    }
  }

  /// Whether whole numbers of it have no sign.
  public var isUnsigned: Bool {
    switch self {
    case .u8, .u16, .u32, .u64, .u4, .u2: true
    default: false
    }
  }

  /// Whether it is stored and cast only.
  public var isStorageOnly: Bool {
    switch self {
    case .f8e4m3fn, .f8e4m3fnuz, .f8e5m2, .f8e5m2fnuz, .f8e8m0, .f4e2m1, .i4, .u4, .i2, .u2: true
    default: false
    }
  }

  /// The type to compute in: itself, or the next wider one of a type that is stored and cast only.
  package var computable: DType {
    !isStorageOnly ? self : !isInteger ? .f32 : isUnsigned ? .u8 : .i8
  }
}

extension DType: CustomStringConvertible {
  public var description: String { rawValue }
}
