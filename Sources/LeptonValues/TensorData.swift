#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A tensor with its elements: dense, row-major, in host memory. A value: copies share storage
/// until one of them is written.
public struct TensorData: Sendable {
  public let type: TensorType
  package private(set) var buffer: Buffer

  public var dtype: DType { type.dtype }
  public var shape: Shape { type.shape }
  public var elementCount: Int { type.shape.elementCount }

  /// All elements zero (false).
  public init(zeros type: TensorType) {
    self.init(uninitialized: type)
    buffer.bytes.initializeMemory(as: UInt8.self, repeating: 0)
  }

  package init(uninitialized type: TensorType) {
    self.type = type
    buffer = Buffer(byteCount: type.byteCount)
  }

  /// The elements of `array` in row-major order, under `shape`.
  ///
  /// `shape.elementCount` must equal `array.count`: anything else is a programmer's mistake.
  public init<S: Scalar>(_ array: [S], shape: Shape) {
    precondition(
      array.count == shape.elementCount,
      "\(array.count) elements do not fill shape \(shape), which has \(shape.elementCount)")
    self.init(uninitialized: TensorType(S.dtype, shape))
    array.withUnsafeBytes { buffer.bytes.copyMemory(from: $0) }
  }

  /// A tensor without axes.
  public init<S: Scalar>(scalar: S) { self.init([scalar], shape: []) }

  /// `values` converted to `type.dtype`, integers truncating and saturating.
  public init(_ values: [Double], as type: TensorType) {
    precondition(
      values.count == type.shape.elementCount,
      "\(values.count) elements do not fill \(type), which has \(type.shape.elementCount)")
    self.init(uninitialized: type)
    type.dtype.withScalar { scalar in buffer.fill(with: values, as: scalar) }
  }

  /// Raw row-major bytes of `type`, copied.
  package init(bytes: UnsafeRawBufferPointer, type: TensorType) {
    precondition(bytes.count == type.byteCount, "\(bytes.count) bytes are not a \(type)")
    self.init(uninitialized: type)
    buffer.bytes.copyMemory(from: bytes)
  }
}

// MARK: Reading

extension TensorData {
  /// Every element as a double, in row-major order.
  public var doubles: [Double] {
    dtype.withScalar { scalar in buffer.doubles(as: scalar, count: elementCount) }
  }

  /// Every element as a float, in row-major order.
  public var floats: [Float] {
    dtype == .f32 ? array(of: Float.self) : doubles.map { Float($0) }
  }

  /// Every element as a whole number, exact for integers up to 2⁶³ - 1; others truncate and saturate.
  public var ints: [Int] {
    dtype == .u64
      ? array(of: UInt64.self).map { Int(clamping: $0) } : wholeNumbers.map { Int($0) }
  }

  /// The elements as they are stored. `S` must be the Swift type of `dtype`.
  public func array<S: Scalar>(of _: S.Type) -> [S] {
    precondition(S.dtype == dtype, "a \(type) does not hold \(S.self)")
    return [S](buffer.bytes.bindMemory(to: S.self).prefix(elementCount))
  }

  package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    try withExtendedLifetime(buffer) { try body(UnsafeRawBufferPointer(buffer.bytes)) }
  }

  package mutating func withUnsafeMutableBytes<R>(
    _ body: (UnsafeMutableRawBufferPointer) throws -> R
  ) rethrows -> R {
    if !isKnownUniquelyReferenced(&buffer) {
      let copy = Buffer(byteCount: type.byteCount)
      copy.bytes.copyMemory(from: UnsafeRawBufferPointer(buffer.bytes))
      buffer = copy
    }
    return try withExtendedLifetime(buffer) { try body(buffer.bytes) }
  }

  /// The same elements under another shape with as many elements. Shares storage.
  public func reshaped(to shape: Shape) -> TensorData {
    precondition(
      shape.elementCount == elementCount, "a \(type) has no \(shape.elementCount) elements")
    return TensorData(buffer: buffer, type: type.with(shape: shape))
  }

  private init(buffer: Buffer, type: TensorType) {
    self.buffer = buffer
    self.type = type
  }
}

extension TensorData: Hashable {
  /// Equal types and equal bits.
  public static func == (a: TensorData, b: TensorData) -> Bool {
    a.type == b.type
      && (a.buffer === b.buffer
        || memcmp(a.buffer.bytes.baseAddress!, b.buffer.bytes.baseAddress!, a.type.byteCount) == 0)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(type)
    hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: buffer.bytes.prefix(4096)))
  }
}

extension TensorData: CustomStringConvertible {
  /// `f32[2, 2] [1.0, 2.0, 3.0, 4.0]`, at most eight elements.
  public var description: String {
    let shown = doubles.prefix(8).map { "\($0)" }.joined(separator: ", ")
    return "\(type) [\(shown)\(elementCount > 8 ? ", ..." : "")]"
  }
}

extension Buffer {
  fileprivate func fill<S: Scalar>(with values: [Double], as _: S.Type) {
    let elements = bytes.bindMemory(to: S.self)
    for (index, value) in values.enumerated() { elements[index] = S(nearest: value) }
  }

  fileprivate func doubles<S: Scalar>(as _: S.Type, count: Int) -> [Double] {
    bytes.bindMemory(to: S.self).prefix(count).map(\.asDouble)
  }
}
