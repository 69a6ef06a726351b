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

  public func with(dtype: DType) -> TensorType { TensorType(dtype, shape) }
  public func with(shape: Shape) -> TensorType { TensorType(dtype, shape) }
}

extension TensorType: CustomStringConvertible {
  /// `f32[32, 784]`
  public var description: String { "\(dtype)\(shape)" }
}
