import LeptonValues

/// The element types of GGUF that are read, by their number; quantised ones in blocks of 32 elements with a scale.
enum GGUFType: Int, CaseIterable {
  case f32 = 0, f16 = 1, q4_0 = 2, q8_0 = 8
  case i8 = 24, i16 = 25, i32 = 26, i64 = 27, f64 = 28, bf16 = 30

  /// As files keep plain elements; nil for blocks.
  var stored: StoredType? {
    switch self {
    case .f32: .f32
    case .f16: .f16
    case .i8: .i8
    case .i16: .i16
    case .i32: .i32
    case .i64: .i64
    case .f64: .f64
    case .bf16: .bf16
    case .q4_0, .q8_0: nil
    }
  }

  /// The type that a file states for elements of `dtype`; nil for what GGUF lacks.
  init?(_ dtype: DType) {
    guard
      let type = Self.allCases.first(where: {
        $0.stored.map { $0.dtype == dtype && $0.isStoredAsIs } ?? false
      })
    else { return nil }
    self = type
  }

  static let block = 32

  var bytesOfBlock: Int { self == .q4_0 ? 18 : 34 }

  /// Bytes of a tensor with these extents; nil where they are not those of one.
  func byteCount(_ extents: [Int]) -> Int? {
    if let stored { return stored.byteCount(extents) }
    guard let last = extents.last, last.isMultiple(of: Self.block),
      let blocks = StoredType.u8.byteCount(extents.dropLast() + [last / Self.block])
    else { return nil }
    let (count, overflows) = blocks.multipliedReportingOverflow(by: bytesOfBlock)
    return overflows ? nil : count
  }

  /// The elements of blocks: a scale in half precision, then whole numbers of 8 or 4 bits that it multiplies.
  func widened(_ bytes: [UInt8]) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(bytes.count / bytesOfBlock * Self.block)
    for start in stride(from: 0, to: bytes.count, by: bytesOfBlock) {
      let scale = Float(
        Half(bits: UInt16(bytes[start]) | UInt16(bytes[start + 1]) << 8).asDouble)
      let numbers = bytes[(start + 2)..<(start + bytesOfBlock)]
      if self == .q8_0 {
        result += numbers.map { Float(Int8(bitPattern: $0)) * scale }
      } else {
        // The first half of the block in the lower halves of the bytes.
        result += numbers.map { (Float($0 & 15) - 8) * scale }
        result += numbers.map { (Float($0 >> 4) - 8) * scale }
      }
    }
    return result
  }
}
