import LeptonValues

/// The element types of GGUF that are read, by their number. Quantised ones come in blocks (`GGUFBlocks`).
enum GGUFType: Int, CaseIterable {
  case f32 = 0, f16 = 1
  case q4_0 = 2, q4_1 = 3, q5_0 = 6, q5_1 = 7, q8_0 = 8
  case q2_k = 10, q3_k = 11, q4_k = 12, q5_k = 13, q6_k = 14, iq4_nl = 20
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
    default: nil
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

  /// The names of types that other programs write and that are not read, by their number.
  static let others: [Int: String] = [
    9: "Q8_1", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S", 21: "IQ3_S",
    22: "IQ2_S", 23: "IQ4_XS", 29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
  ]

  /// Bytes of a tensor with these extents; nil where they are not those of one.
  func byteCount(_ extents: [Int]) -> Int? {
    if let stored { return stored.byteCount(extents) }
    guard let block, let last = extents.last, last.isMultiple(of: block.elements),
      let blocks = StoredType.u8.byteCount(extents.dropLast() + [last / block.elements])
    else { return nil }
    let (count, overflows) = blocks.multipliedReportingOverflow(by: block.bytes)
    return overflows ? nil : count
  }
}
