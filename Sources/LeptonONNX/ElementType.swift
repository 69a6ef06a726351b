import LeptonValues

/// The element types of ONNX that Lepton reads, by their number in the format.
enum ElementType: Int32, CaseIterable {
  case float = 1
  case uint8 = 2
  case int8 = 3
  case uint16 = 4
  case int16 = 5
  case int32 = 6
  case int64 = 7
  case bool = 9
  case float16 = 10
  case double = 11
  case uint32 = 12
  case bfloat16 = 16

  /// The type of number `code`. Throws for strings, complex numbers and the types of fewer than
  /// eight bits.
  init(code: Int32) throws {
    guard let type = ElementType(rawValue: code) else {
      let known = ElementType.allCases.map { "\($0)" }.joined(separator: ", ")
      throw LeptonError(
        .badInput, "its elements have ONNX type \(code), which is not supported",
        fix: "convert it to one of \(known)")
    }
    self = type
  }

  /// The type that holds the elements here: half precision and small integers widen.
  var dtype: DType {
    switch self {
    case .float, .float16: .f32
    case .double: .f64
    case .bfloat16: .bf16
    case .int8: .i8
    case .uint8: .u8
    case .uint16, .int16, .int32: .i32
    case .int64, .uint32: .i64
    case .bool: .bool
    }
  }

  /// Bytes that an element takes in the file.
  var storedByteCount: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16, .float16, .bfloat16: 2
    case .float, .int32, .uint32: 4
    case .double, .int64: 8
    }
  }

  /// Whether memory holds elements as the file does.
  var isStoredAsIs: Bool { storedByteCount == dtype.byteCount && self != .bool }
}

extension Float {
  /// The number that IEEE half precision writes as `bits`.
  init(halfBits bits: UInt16) {
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let exponent = Int(bits >> 10) & 0x1F
    let fraction = Float(bits & 0x3FF)
    switch exponent {
    case 0: self = sign * fraction * 0x1p-24
    case 31: self = fraction == 0 ? sign * .infinity : .nan
    default:
      self =
        sign * (1 + fraction * 0x1p-10)
        * Float(sign: .plus, exponent: exponent - 15, significand: 1)
    }
  }
}
