internal import Foundation
import LeptonOps
package import LeptonValues

/// Where a file holds the raw elements of a tensor.
struct RawElements {
  let bytes: ModelBytes
  let range: Range<Int>
}

/// The elements of a tensor in a file, checked against its extents before anything is allocated.
extension TensorData {
  /// - Parameter raw: the elements, where they were left out of `tensor`.
  init(
    _ tensor: ONNXTensorProto, raw: RawElements? = nil, external: inout ExternalData
  ) throws {
    do {
      let type = try ElementType(code: tensor.dataType)
      let shape = try Shape(checking: tensor.dims, of: type.dtype)
      if tensor.dataLocation == .external {
        let bytes = try external.bytes(
          tensor.externalData, count: shape.elementCount * type.storedByteCount)
        try self.init(raw: bytes, type, shape)
      } else if let raw, !raw.range.isEmpty {
        try self.init(raw, type, shape)
      } else if !tensor.rawData.isEmpty {
        try self.init(raw: tensor.rawData, type, shape)
      } else {
        try self.init(typedFieldsOf: tensor, type, shape)
      }
    } catch let error as LeptonError {
      throw error.within("tensor '\(tensor.name)'")
    }
  }

  /// Where the file holds elements as memory does, they go straight there.
  private init(_ raw: RawElements, _ type: ElementType, _ shape: Shape) throws {
    guard type.isStoredAsIs else {
      try self.init(raw: raw.bytes.data(raw.range), type, shape)
      return
    }
    try Self.check(raw.range.count, type, shape)
    self.init(uninitialized: TensorType(type.dtype, shape))
    try withUnsafeMutableBytes { try raw.bytes.read(from: raw.range.lowerBound, into: $0) }
  }

  private static func check(_ byteCount: Int, _ type: ElementType, _ shape: Shape) throws {
    guard byteCount == shape.elementCount * type.storedByteCount else {
      throw LeptonError(
        .badInput, "\(byteCount) bytes of elements do not fill \(type)\(shape)",
        fix: "the file is damaged; export it again")
    }
  }

  /// Little-endian elements, back to back.
  private init(raw: Data, _ type: ElementType, _ shape: Shape) throws {
    try Self.check(raw.count, type, shape)
    self = raw.withUnsafeBytes { bytes in
      switch type {
      case .float, .double, .bfloat16, .int8, .uint8, .int32, .int64:
        TensorData(bytes: bytes, type: TensorType(type.dtype, shape))
      case .bool:
        TensorData(bytes.map { $0 != 0 }, shape: shape)
      case .float16:
        TensorData(bytes.elements(UInt16.self).map(Float.init(halfBits:)), shape: shape)
      case .uint16:
        TensorData(bytes.elements(UInt16.self).map(Int32.init), shape: shape)
      case .int16:
        TensorData(bytes.elements(Int16.self).map(Int32.init), shape: shape)
      case .uint32:
        TensorData(bytes.elements(UInt32.self).map(Int64.init), shape: shape)
      }
    }
  }

  /// The field that ONNX appoints for each type, in files without raw data.
  private init(
    typedFieldsOf tensor: ONNXTensorProto, _ type: ElementType, _ shape: Shape
  ) throws {
    func elements<Stored, S: Scalar>(
      _ stored: [Stored], _ convert: (Stored) -> S
    ) throws -> TensorData {
      guard stored.count == shape.elementCount else {
        throw LeptonError(
          .badInput, "\(stored.count) elements do not fill \(type)\(shape)",
          fix: "the file is damaged; export it again")
      }
      return TensorData(stored.map(convert), shape: shape)
    }
    let small = tensor.int32Data
    self =
      switch type {
      case .float: try elements(tensor.floatData) { $0 }
      case .double: try elements(tensor.doubleData) { $0 }
      case .int64: try elements(tensor.int64Data) { $0 }
      case .uint32: try elements(tensor.uint64Data) { Int64(UInt32(truncatingIfNeeded: $0)) }
      case .int32, .int16, .uint16: try elements(small) { $0 }
      case .int8: try elements(small) { Int8(truncatingIfNeeded: $0) }
      case .uint8: try elements(small) { UInt8(truncatingIfNeeded: $0) }
      case .bool: try elements(small) { $0 != 0 }
      case .float16: try elements(small) { Float(halfBits: UInt16(truncatingIfNeeded: $0)) }
      case .bfloat16:
        try elements(small) { BFloat16(bitPattern: UInt16(truncatingIfNeeded: $0)) }
      }
  }
}

extension ONNXTensorProto {
  /// `data` under `name`, its elements as raw bytes.
  package init(_ data: TensorData, name: String) {
    self.init(describing: data, name: name)
    rawData = data.withUnsafeBytes { Data($0) }
  }

  /// Name, type and extents, without elements.
  init(describing data: TensorData, name: String) {
    self.init()
    self.name = name
    dims = data.shape.map(Int64.init)
    dataType = Int32(data.dtype.onnxCode)
  }
}

extension Shape {
  /// The most bytes that one value may take: a terabyte, beyond every machine that runs this.
  private static let largestByteCount = 1 << 40

  /// Extents out of a file. Throws for negative ones, and for more elements than memory has.
  init(checking dims: [Int64], of dtype: DType) throws {
    self.init(dims.map { Int(clamping: $0) })
    guard byteCountIsSane(of: dtype) else {
      throw LeptonError(
        .badInput, "its extents \(self) are not those of a tensor", fix: "the file is damaged")
    }
  }

  /// Whether extents are not negative and their product is a size that memory can have.
  func byteCountIsSane(of dtype: DType) -> Bool {
    var byteCount = dtype.byteCount
    for extent in extents {
      guard extent >= 0 else { return false }
      let (product, overflow) = byteCount.multipliedReportingOverflow(by: Swift.max(extent, 1))
      guard !overflow, product <= Shape.largestByteCount else { return false }
      byteCount = product
    }
    return true
  }
}

extension UnsafeRawBufferPointer {
  /// Unaligned little-endian numbers.
  fileprivate func elements<N: FixedWidthInteger & BitwiseCopyable>(_: N.Type) -> [N] {
    (0..<count / MemoryLayout<N>.size).map { index in
      N(littleEndian: loadUnaligned(fromByteOffset: index * MemoryLayout<N>.size, as: N.self))
    }
  }
}
