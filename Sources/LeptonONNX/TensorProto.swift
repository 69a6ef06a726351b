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
      let dtype = try DType(elementCode: tensor.dataType)
      let type = TensorType(dtype, try Shape(checking: tensor.dims, of: dtype))
      if tensor.dataLocation == .external {
        let bytes = try external.bytes(
          tensor.externalData, count: dtype.storedByteCount(type.shape.elementCount))
        try self.init(raw: bytes, type)
      } else if let raw, !raw.range.isEmpty {
        try self.init(raw, type)
      } else if !tensor.rawData.isEmpty {
        try self.init(raw: tensor.rawData, type)
      } else {
        try self.init(typedFieldsOf: tensor, type)
      }
    } catch let error as LeptonError {
      throw error.within("tensor '\(tensor.name)'")
    }
  }

  /// Where the file holds elements as memory does, they go straight there.
  private init(_ raw: RawElements, _ type: TensorType) throws {
    guard type.dtype.isStoredAsIs else {
      try self.init(raw: raw.bytes.data(raw.range), type)
      return
    }
    try Self.check(raw.range.count, type)
    self.init(uninitialized: type)
    try withUnsafeMutableBytes { try raw.bytes.read(from: raw.range.lowerBound, into: $0) }
  }

  private static func check(_ byteCount: Int, _ type: TensorType) throws {
    guard byteCount == type.dtype.storedByteCount(type.shape.elementCount) else {
      throw LeptonError(
        .badInput, "\(byteCount) bytes of elements do not fill \(type)",
        fix: "the file is damaged; export it again")
    }
  }

  /// Little-endian elements, back to back.
  private init(raw: Data, _ type: TensorType) throws {
    try Self.check(raw.count, type)
    if type.dtype == .bool {
      self.init(raw.map { $0 != 0 }, shape: type.shape)
    } else if type.dtype.isStoredAsIs {
      self = raw.withUnsafeBytes { TensorData(bytes: $0, type: type) }
    } else {
      self.init(unpacking: raw, type)
    }
  }

  /// The field that ONNX appoints for each type, in files without raw data.
  private init(typedFieldsOf tensor: ONNXTensorProto, _ type: TensorType) throws {
    func check(_ count: Int) throws {
      guard count == type.shape.elementCount else {
        throw LeptonError(
          .badInput, "\(count) elements do not fill \(type)",
          fix: "the file is damaged; export it again")
      }
    }
    func elements<S: Scalar>(_ stored: [S]) throws -> TensorData {
      try check(stored.count)
      return TensorData(stored, shape: type.shape)
    }
    /// Patterns of the type's width.
    func patterns<Stored: FixedWidthInteger>(_ stored: [Stored]) throws -> TensorData {
      try check(stored.count)
      let width = type.dtype.byteCount
      let bytes = stored.flatMap { number in
        (0..<width).map { UInt8(truncatingIfNeeded: number >> Stored(8 * $0)) }
      }
      return bytes.withUnsafeBytes { TensorData(bytes: $0, type: type) }
    }
    switch type.dtype {
    case .f32: self = try elements(tensor.floatData)
    case .f64: self = try elements(tensor.doubleData)
    case .i64: self = try elements(tensor.int64Data)
    case .u32, .u64: self = try patterns(tensor.uint64Data)
    case .bool: self = try elements(tensor.int32Data.map { $0 != 0 })
    case .i4, .u4, .i2, .u2, .f4e2m1:
      let bytes = tensor.int32Data.map { UInt8(truncatingIfNeeded: $0) }
      try Self.check(bytes.count, type)
      self.init(unpacking: bytes, type)
    default: self = try patterns(tensor.int32Data)
    }
  }
}

extension ONNXTensorProto {
  /// `data` under `name`, its elements as raw bytes.
  package init(_ data: TensorData, name: String) {
    self.init(describing: data, name: name)
    rawData = Data(data.storedBytes)
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
