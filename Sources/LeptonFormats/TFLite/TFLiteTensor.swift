import LeptonValues

/// A tensor of a file: type, extents, quantisation, and elements where it is constant.
struct TFLiteTensor {
  let name: String
  let type: TFLiteType
  /// As the file has it: channels last.
  let shape: [Int]
  /// Whether the first extent is left open.
  let hasOpenBatch: Bool
  let quantization: TFLiteQuantization?
  /// Where the elements of a constant lie.
  let elements: Range<Int>?

  init(_ table: FlatTable, index: Int, buffers: [Range<Int>?]) throws {
    let place = "\(table.buffer.name), byte \(table.place)"
    func error(_ what: String, fix: String = "export the model anew") -> LeptonError {
      LeptonError(.badInput, "tensor \(index): \(what)", at: place, fix: fix)
    }
    name = try table.string(3) ?? ""
    let shape = try table.ints(0, of: Int32.self) ?? []
    self.shape = shape
    guard shape.count <= 8, shape.allSatisfy({ $0 >= 0 }) else {
      throw error("its extents are \(shape)")
    }
    let code = try table.byte(1)
    guard let type = TFLiteType(rawValue: code) else {
      throw error(
        "its elements are of type \(code), which is not supported",
        fix: "export it in float, or int8")
    }
    self.type = type
    hasOpenBatch = try table.ints(7, of: Int32.self)?.first == -1
    guard try table.table(6) == nil else {
      throw error("it is stored sparsely", fix: "export the model without sparsity")
    }
    let quantization = try table.table(4).flatMap {
      try TFLiteQuantization($0, shape: shape, error: { error($0, fix: "export the model anew") })
    }
    self.quantization = quantization
    let buffer = try table.number(2, UInt32.self)
    guard buffer == 0 || buffer < buffers.count else {
      throw error("it names buffer \(buffer) of \(buffers.count)")
    }
    elements = buffer == 0 ? nil : buffers[Int(buffer)]
    guard TensorType(type.dtype, Shape(shape)).isAddressable else {
      throw error("its extents \(shape) are more than memory holds")
    }
    if let elements {
      let count =
        type.stored.map { $0.byteCount(shape) ?? -1 } ?? (Shape(shape).elementCount + 1) / 2
      guard elements.count == count else {
        throw error("\(elements.count) bytes of elements are no \(type)\(shape)")
      }
    }
  }

  /// The elements of a constant.
  func data(in source: ByteSource) throws -> TensorData? {
    guard let elements else { return nil }
    if let stored = type.stored {
      return try stored.tensor(source, elements, shape: Shape(shape)).converted(to: type.dtype)
    }
    // Two in a byte, the first in its lower half, two's complement.
    let nibbles = try source.bytes(elements).flatMap { [Int8($0 & 15), Int8($0 >> 4)] }
    return TensorData(
      nibbles.prefix(Shape(shape).elementCount).map { $0 > 7 ? $0 - 16 : $0 }, shape: Shape(shape))
  }
}

/// The element types of the format that are read, by their number.
enum TFLiteType: Int {
  case float32 = 0
  case float16 = 1
  case int32 = 2
  case uint8 = 3
  case int64 = 4
  case bool = 6
  case int16 = 7
  case int8 = 9
  case float64 = 10
  case int4 = 17

  /// As a file keeps them; nil for two in a byte.
  var stored: StoredType? {
    switch self {
    case .float32: .f32
    case .float16: .f16
    case .int32: .i32
    case .uint8: .u8
    case .int64: .i64
    case .bool: .bool
    case .int16: .i16
    case .int8: .i8
    case .float64: .f64
    case .int4: nil
    }
  }

  /// The type in the graph: half precision and 16 bits widen.
  var dtype: DType {
    switch self {
    case .float16: .f32
    case .int16: .i32
    default: stored?.dtype ?? .i8
    }
  }
}

/// Integers that stand for `(q - zero) scale`.
struct TFLiteQuantization {
  /// One, or one for each index of `axis`.
  let scales: [Float]
  let zeros: [Int]
  let axis: Int

  /// nil where the table states no scale.
  init?(_ table: FlatTable, shape: [Int], error: (String) -> LeptonError) throws {
    guard let scales = try table.floats(2), !scales.isEmpty else { return nil }
    let zeros = try table.ints(3, of: Int64.self) ?? []
    axis = try table.int(6)
    guard scales.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw error("its scales are not positive numbers")
    }
    guard scales.count == 1 || (shape.indices.contains(axis) && shape[axis] == scales.count) else {
      throw error("it has \(scales.count) scales along axis \(axis) of \(shape)")
    }
    guard zeros.isEmpty || zeros.count == scales.count || zeros.count == 1,
      zeros.allSatisfy({ (-32_768...65_535).contains($0) })
    else { throw error("it has \(zeros.count) zero points for \(scales.count) scales") }
    self.scales = scales
    self.zeros =
      zeros.count == scales.count
      ? zeros : [Int](repeating: zeros.first ?? 0, count: scales.count)
  }
}
