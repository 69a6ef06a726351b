package import LeptonValues

/// The names that the Open Inference Protocol gives to element types.
package enum Datatype {
  package static func name(of dtype: DType) -> String {
    switch dtype {
    case .bool: "BOOL"
    case .i8: "INT8"
    case .u8: "UINT8"
    case .i32: "INT32"
    case .i64: "INT64"
    case .f32: "FP32"
    case .f64: "FP64"
    case .bf16: "BF16"
    }
  }

  /// Whether JSON has a form for its elements; what has none travels as binary data only.
  package static func hasJSON(_ dtype: DType) -> Bool { dtype != .bf16 }

  package static let names = DType.allCases.map(name(of:))
}
