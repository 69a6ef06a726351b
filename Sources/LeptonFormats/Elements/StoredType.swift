package import LeptonValues

/// How a file of weights stores elements. What is not computed in widens to f32, which holds every value.
package enum StoredType: String, CaseIterable, Sendable {
  case bool = "BOOL"
  case u8 = "U8", i8 = "I8"
  case u16 = "U16", i16 = "I16"
  case u32 = "U32", i32 = "I32"
  case u64 = "U64", i64 = "I64"
  case f16 = "F16", bf16 = "BF16", f32 = "F32", f64 = "F64"
  case e4m3 = "F8_E4M3", e5m2 = "F8_E5M2", e8m0 = "F8_E8M0"
  case e4m3fnuz = "F8_E4M3FNUZ", e5m2fnuz = "F8_E5M2FNUZ"
  /// Two in a byte, the first in its lower half.
  case e2m1 = "F4"

  /// The type in memory.
  package var dtype: DType {
    switch self {
    case .bool: .bool
    case .u8: .u8
    case .i8: .i8
    case .u16: .u16
    case .i16: .i16
    case .u32: .u32
    case .i32: .i32
    case .u64: .u64
    case .i64: .i64
    case .f16: .f16
    case .bf16: .bf16
    case .f32, .e4m3, .e5m2, .e8m0, .e4m3fnuz, .e5m2fnuz, .e2m1: .f32
    case .f64: .f64
    }
  }

  /// The type that a file states for elements of `dtype`.
  package init(_ dtype: DType) {
    self =
      switch dtype {
      case .bool: .bool
      case .u8: .u8
      case .i8: .i8
      case .i16: .i16
      case .u16: .u16
      case .i32: .i32
      case .u32: .u32
      case .i64: .i64
      case .u64: .u64
      case .bf16: .bf16
      case .f16: .f16
      case .f32: .f32
      case .f64: .f64
      case .f8e4m3fn, .f8e4m3fnuz, .f8e5m2, .f8e5m2fnuz, .f8e8m0, .f4e2m1, .i4, .u4, .i2, .u2:
        StoredType(dtype.computable)
      }
  }

  package var bits: Int {
    switch self {
    case .e2m1: 4
    case .bool, .u8, .i8, .e4m3, .e5m2, .e8m0, .e4m3fnuz, .e5m2fnuz: 8
    case .u16, .i16, .f16, .bf16: 16
    case .u32, .i32, .f32: 32
    case .u64, .i64, .f64: 64
    }
  }

  /// Whether memory holds elements as the file does.
  package var isStoredAsIs: Bool { StoredType(dtype) == self }

  /// Bytes that a dense tensor takes in the file; nil for extents that are none, too many elements to count, or half a byte
  /// left over.
  package func byteCount(_ extents: [Int]) -> Int? {
    var elements = 1
    for extent in extents {
      let (product, overflows) = elements.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflows else { return nil }
      elements = product
    }
    let (bits, overflows) = elements.multipliedReportingOverflow(by: bits)
    return overflows || bits % 8 != 0 ? nil : bits / 8
  }
}

// MARK: Reading

extension StoredType {
  /// The tensor whose elements lie, little-endian, in `range` of `source`. The range must have `byteCount` bytes.
  ///
  /// - Throws: `LeptonError`: `io`, or `badInput` for what is no truth value.
  package func tensor(
    _ source: ByteSource, _ range: Range<Int>, shape: Shape
  ) throws -> TensorData {
    precondition(range.count == byteCount(shape.extents), "\(range) does not hold \(self)\(shape)")
    if isStoredAsIs, self != .bool {
      var tensor = TensorData(uninitialized: TensorType(dtype, shape))
      try tensor.withUnsafeMutableBytes {
        try source.read(
          from: range.lowerBound,
          into: UnsafeMutableRawBufferPointer(rebasing: $0.prefix(range.count)))
      }
      return tensor
    }
    // Widened piece by piece, so that the narrow form is never in memory as a whole.
    var tensor = TensorData(uninitialized: TensorType(dtype, shape))
    try tensor.withUnsafeMutableBytes { target in
      var written = 0
      for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.pieceSize) {
        let piece = try source.bytes(start..<min(start + Self.pieceSize, range.upperBound))
        if self == .bool, let place = piece.firstIndex(where: { $0 > 1 }) {
          throw LeptonError(
            .badInput, "\(rawValue) holds a value that \(dtype) cannot",
            at: "\(source.name), byte \(start + place)", fix: "save it as another type")
        }
        widened(piece).withUnsafeBytes {
          UnsafeMutableRawBufferPointer(rebasing: target[written...]).copyMemory(from: $0)
          written += $0.count
        }
      }
    }
    return tensor
  }

  private static let pieceSize = 1 << 20

  private func widened(_ bytes: [UInt8]) -> TensorData {
    guard let encoded else { return TensorData(bytes, shape: [bytes.count]) }
    let elements = bits == 4 ? bytes.flatMap { [$0 & 15, $0 >> 4] } : bytes
    return elements.withUnsafeBytes {
      TensorData(bytes: $0, type: TensorType(encoded, [elements.count])).converted(to: dtype)
    }
  }

  /// The type whose patterns the bytes are, of those that widen.
  private var encoded: DType? {
    switch self {
    case .e4m3: .f8e4m3fn
    case .e4m3fnuz: .f8e4m3fnuz
    case .e5m2: .f8e5m2
    case .e5m2fnuz: .f8e5m2fnuz
    case .e8m0: .f8e8m0
    case .e2m1: .f4e2m1
    case .bool, .u8, .i8, .u16, .i16, .u32, .i32, .u64, .i64, .f16, .bf16, .f32, .f64: nil
    }
  }
}
