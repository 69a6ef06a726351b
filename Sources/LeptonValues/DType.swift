/// The type of a tensor's elements.
public enum DType: String, Sendable, Hashable, Codable, CaseIterable {
  case f32, f64, bf16
  case i8, u8, i32, i64
  case bool

  /// Bytes that one element takes in memory.
  public var byteCount: Int {
    switch self {
    case .i8, .u8, .bool: 1
    case .bf16: 2
    case .f32, .i32: 4
    case .f64, .i64: 8
    }
  }

  /// Whether gradients flow through values of this type.
  public var isFloatingPoint: Bool {
    switch self {
    case .f32, .f64, .bf16: true
    case .i8, .u8, .i32, .i64, .bool: false
    }
  }
}

extension DType: CustomStringConvertible {
  public var description: String { rawValue }
}
