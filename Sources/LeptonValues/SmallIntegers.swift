/// A whole number of fewer bits than a byte, held in one. Conversion from a double truncates and saturates.
public protocol SmallInteger: Scalar {
  associatedtype Storage: FixedWidthInteger & BitwiseCopyable & Sendable
  static var range: ClosedRange<Int> { get }
  var value: Storage { get }
  /// The lowest bits of `number`, as the number that they stand for.
  init(truncatingIfNeeded number: Int64)
}

extension SmallInteger {
  public var asDouble: Double { Double(value) }
  public init(nearest value: Double) {
    let (low, high) = (Double(Self.range.lowerBound), Double(Self.range.upperBound))
    self.init(truncatingIfNeeded: value.isNaN ? 0 : Int64(Swift.min(Swift.max(value, low), high)))
  }
}

/// -8 to 7.
public struct Int4: SmallInteger {
  public let value: Int8
  public static var dtype: DType { .i4 }
  public static var range: ClosedRange<Int> { -8...7 }
  public init(truncatingIfNeeded number: Int64) {
    value = (Int8(truncatingIfNeeded: number) << 4) >> 4
  }
}

/// 0 to 15.
public struct UInt4: SmallInteger {
  public let value: UInt8
  public static var dtype: DType { .u4 }
  public static var range: ClosedRange<Int> { 0...15 }
  public init(truncatingIfNeeded number: Int64) { value = UInt8(truncatingIfNeeded: number) & 0xF }
}

/// -2 to 1.
public struct Int2: SmallInteger {
  public let value: Int8
  public static var dtype: DType { .i2 }
  public static var range: ClosedRange<Int> { -2...1 }
  public init(truncatingIfNeeded number: Int64) {
    value = (Int8(truncatingIfNeeded: number) << 6) >> 6
  }
}

/// 0 to 3.
public struct UInt2: SmallInteger {
  public let value: UInt8
  public static var dtype: DType { .u2 }
  public static var range: ClosedRange<Int> { 0...3 }
  public init(truncatingIfNeeded number: Int64) { value = UInt8(truncatingIfNeeded: number) & 0x3 }
}
