/// What a value is before it has elements: their type and the shape.
public struct TensorType: Sendable, Hashable, Codable {
  public var dtype: DType
  public var shape: Shape

  public init(_ dtype: DType, _ shape: Shape) {
    self.dtype = dtype
    self.shape = shape
  }

  /// Bytes that a dense tensor of this type takes.
  public var byteCount: Int { shape.elementCount * dtype.byteCount }

  /// Whether no extent is negative and a tensor of this type takes at most a tebibyte: files may say
  /// anything.
  public var isAddressable: Bool {
    let limit = 1 << 40
    var bytes = dtype.byteCount
    for extent in shape {
      guard extent >= 0 else { return false }
      let (product, overflows) = bytes.multipliedReportingOverflow(by: Swift.max(extent, 1))
      guard !overflows, product <= limit else { return false }
      bytes = product
    }
    return true
  }

  public func with(dtype: DType) -> TensorType { TensorType(dtype, shape) }
  public func with(shape: Shape) -> TensorType { TensorType(dtype, shape) }
}

extension TensorType: CustomStringConvertible {
  /// `f32[32, 784]`
  public var description: String { "\(dtype)\(shape)" }
}
