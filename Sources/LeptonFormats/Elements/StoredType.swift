package import LeptonData
package import LeptonValues

/// How a file of weights stores elements. What memory has no type for widens to one that holds every value.
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
    case .u16, .i16, .i32: .i32
    case .u32, .u64, .i64: .i64
    case .bf16: .bf16
    case .f16, .f32, .e4m3, .e5m2, .e8m0, .e4m3fnuz, .e5m2fnuz, .e2m1: .f32
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
      case .f8e4m3fn: .e4m3
      case .f8e4m3fnuz: .e4m3fnuz
      case .f8e5m2: .e5m2
      case .f8e5m2fnuz: .e5m2fnuz
      case .f8e8m0: .e8m0
      case .f4e2m1, .i4, .u4, .i2, .u2: StoredType(Self.storable(dtype))
      }
  }

  /// The type in which files keep elements: a whole byte or more for those that have less.
  package static func storable(_ dtype: DType) -> DType {
    guard dtype.bitCount < 8 else { return dtype }
    return !dtype.isInteger ? .f32 : dtype.isUnsigned ? .u8 : .i8
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
  /// - Throws: `LeptonError`: `io`, or `badInput` for a truth value or integer that memory cannot hold.
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
        let end = min(start + Self.pieceSize, range.upperBound)
        let piece = try source.bytes(start..<end)
        let wide = try widened(piece) { offset in
          LeptonError(
            .badInput, "\(rawValue) holds a value that \(dtype) cannot",
            at: "\(source.name), byte \(start + offset)", fix: "save it as another type")
        }
        wide.copy(to: target, at: &written)
      }
    }
    return tensor
  }

  private static let pieceSize = 1 << 20

  private enum Widened {
    case floats([Float]), ints([Int32]), longs([Int64]), bytes([UInt8])

    func copy(to target: UnsafeMutableRawBufferPointer, at offset: inout Int) {
      func copy<T>(_ elements: [T]) {
        elements.withUnsafeBytes {
          UnsafeMutableRawBufferPointer(rebasing: target[offset...]).copyMemory(from: $0)
          offset += $0.count
        }
      }
      switch self {
      case .floats(let elements): copy(elements)
      case .ints(let elements): copy(elements)
      case .longs(let elements): copy(elements)
      case .bytes(let elements): copy(elements)
      }
    }
  }

  private func widened(_ bytes: [UInt8], _ refuse: (Int) -> LeptonError) throws -> Widened {
    switch self {
    case .bool:
      if let place = bytes.firstIndex(where: { $0 > 1 }) { throw refuse(place) }
      return .bytes(bytes)
    case .u16: return .ints(Self.numbers(bytes, UInt16.self).map { Int32($0) })
    case .i16: return .ints(Self.numbers(bytes, Int16.self).map { Int32($0) })
    case .u32: return .longs(Self.numbers(bytes, UInt32.self).map { Int64($0) })
    case .u64:
      let numbers = Self.numbers(bytes, UInt64.self)
      if let place = numbers.firstIndex(where: { $0 > UInt64(Int64.max) }) {
        throw refuse(place * 8)
      }
      return .longs(numbers.map { Int64($0) })
    case .f16: return .floats(Self.numbers(bytes, UInt16.self).map { SmallFloat.half[Int($0)] })
    case .e4m3: return .floats(bytes.map { SmallFloat.e4m3[Int($0)] })
    case .e5m2: return .floats(bytes.map { SmallFloat.e5m2[Int($0)] })
    case .e8m0: return .floats(bytes.map { SmallFloat.e8m0[Int($0)] })
    case .e4m3fnuz: return .floats(bytes.map { SmallFloat.e4m3fnuz[Int($0)] })
    case .e5m2fnuz: return .floats(bytes.map { SmallFloat.e5m2fnuz[Int($0)] })
    case .e2m1:
      return .floats(
        bytes.flatMap { [SmallFloat.e2m1[Int($0 & 15)], SmallFloat.e2m1[Int($0 >> 4)]] })
    case .u8, .i8, .i32, .i64, .bf16, .f32, .f64: return .bytes(bytes)
    }
  }

  private static func numbers<N: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: [UInt8], _: N.Type
  ) -> [N] {
    bytes.withUnsafeBytes { raw in
      (0..<raw.count / MemoryLayout<N>.size).map {
        N(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<N>.size, as: N.self))
      }
    }
  }
}
