extension TensorData {
  /// The elements converted to another type: floating-point numbers to the nearest, ties to even; to integers truncating
  /// toward zero and saturating. From integers to narrower ones the upper bits are dropped, as in C and ONNX; from 64 bits to
  /// floating point there is one rounding.
  public func converted(to dtype: DType) -> TensorData {
    if dtype == self.dtype { return self }
    let target = type.with(dtype: dtype)
    guard self.dtype.isInteger else { return TensorData(doubles, as: target) }
    if dtype.isInteger { return TensorData(wholeNumbers: wholeNumbers, as: target) }
    if dtype == .f32, self.dtype == .i64 {
      return TensorData(array(of: Int64.self).map { Float($0) }, shape: shape)
    }
    if dtype == .f32, self.dtype == .u64 {
      return TensorData(array(of: UInt64.self).map { Float($0) }, shape: shape)
    }
    return TensorData(doubles, as: target)
  }

  /// The elements of an integer type in 64 bits; those of u64 beyond 2⁶³ - 1 as their two's complement.
  package var wholeNumbers: [Int64] {
    func widened<S: FixedWidthInteger & Scalar>(_: S.Type) -> [Int64] {
      array(of: S.self).map { Int64(truncatingIfNeeded: $0) }
    }
    func widened<S: SmallInteger>(small _: S.Type) -> [Int64] {
      array(of: S.self).map { Int64($0.value) }
    }
    switch dtype {
    case .i8: return widened(Int8.self)
    case .u8: return widened(UInt8.self)
    case .i16: return widened(Int16.self)
    case .u16: return widened(UInt16.self)
    case .i32: return widened(Int32.self)
    case .u32: return widened(UInt32.self)
    case .i64: return array(of: Int64.self)
    case .u64: return widened(UInt64.self)
    case .i4: return widened(small: Int4.self)
    case .u4: return widened(small: UInt4.self)
    case .i2: return widened(small: Int2.self)
    case .u2: return widened(small: UInt2.self)
    default: return doubles.map { Int64(nearest: $0) }
    }
  }

  /// Whole numbers as elements of an integer type, their upper bits dropped where it is narrower.
  package init(wholeNumbers numbers: [Int64], as type: TensorType) {
    func narrowed<S: FixedWidthInteger & Scalar>(_: S.Type) -> TensorData {
      TensorData(numbers.map { S(truncatingIfNeeded: $0) }, shape: type.shape)
    }
    func narrowed<S: SmallInteger>(small _: S.Type) -> TensorData {
      TensorData(numbers.map { S(truncatingIfNeeded: $0) }, shape: type.shape)
    }
    self =
      switch type.dtype {
      case .i8: narrowed(Int8.self)
      case .u8: narrowed(UInt8.self)
      case .i16: narrowed(Int16.self)
      case .u16: narrowed(UInt16.self)
      case .i32: narrowed(Int32.self)
      case .u32: narrowed(UInt32.self)
      case .i64: TensorData(numbers, shape: type.shape)
      case .u64: narrowed(UInt64.self)
      case .i4: narrowed(small: Int4.self)
      case .u4: narrowed(small: UInt4.self)
      case .i2: narrowed(small: Int2.self)
      case .u2: narrowed(small: UInt2.self)
      default: TensorData(numbers.map { Double($0) }, as: type)
      }
  }
}
