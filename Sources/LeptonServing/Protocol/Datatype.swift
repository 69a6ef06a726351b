package import LeptonValues

/// The names that the Open Inference Protocol gives to element types.
package enum Datatype {
  package static func name(of dtype: DType) -> String {
    switch dtype {
    case .bool: "BOOL"
    case .i8: "INT8"
    case .u8: "UINT8"
    case .i16: "INT16"
    case .u16: "UINT16"
    case .i32: "INT32"
    case .u32: "UINT32"
    case .i64: "INT64"
    case .u64: "UINT64"
    case .f16: "FP16"
    case .f32: "FP32"
    case .f64: "FP64"
    case .bf16: "BF16"
    // The protocol has no names for these; one byte an element, as binary data.
    case .f8e4m3fn, .f8e4m3fnuz, .f8e5m2, .f8e5m2fnuz, .f8e8m0, .f4e2m1, .i4, .u4, .i2, .u2:
      dtype.rawValue.uppercased()
    }
  }

  /// Whether JSON has a form for its elements; what has none travels as binary data only.
  package static func hasJSON(_ dtype: DType) -> Bool {
    dtype != .bf16 && dtype != .f16 && !dtype.isStorageOnly
  }

  package static let names = DType.allCases.map(name(of:))
}
