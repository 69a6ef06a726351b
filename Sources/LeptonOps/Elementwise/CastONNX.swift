public import LeptonGraph
package import LeptonValues

extension Cast {
  public static let onnxReaders: [String: ONNXReader] = [
    "Cast": { node, context in
      let code = node.int("to", default: 0)
      guard let dtype = DType(onnxCode: code) else {
        throw node.error("element type \(code) is not supported", fix: DType.onnxFix)
      }
      return [try context.cast(try node.input(0), to: dtype, node)]
    },
    "CastLike": { node, context in
      let dtype = context.builder.dtype(of: try node.input(1))
      return [try context.cast(try node.input(0), to: dtype, node)]
    },
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    var attributes: [String: ONNXAttribute] = ["to": .int(to.onnxCode)]
    if let saturates { attributes["saturate"] = .int(saturates ? 1 : 0) }
    if let rounding { attributes["round_mode"] = .string(rounding.rawValue) }
    writer.emit(
      "Cast", for: node, attributes, since: rounding != nil ? 24 : saturates != nil ? 19 : 13)
  }
}

extension ONNXReadContext {
  fileprivate mutating func cast(
    _ x: Value, to dtype: DType, _ node: ONNXNode
  ) throws -> Value {
    if builder.dtype(of: x) == dtype { return x }
    var op = Cast(to: dtype)
    if node.int("saturate", default: 1) == 0 { op.saturates = false }
    if dtype == .f8e8m0 {
      let mode = node.string("round_mode", default: "up")
      guard let rounding = Float8E8M0.Rounding(rawValue: mode) else {
        throw node.error("round_mode '\(mode)' is not supported", fix: "use up, down or nearest")
      }
      op.rounding = rounding
    }
    return try builder.add(one: op, x)
  }
}

extension DType {
  /// The number that ONNX gives the type (`TensorProto.DataType`).
  package var onnxCode: Int {
    switch self {
    case .f32: 1
    case .u8: 2
    case .i8: 3
    case .u16: 4
    case .i16: 5
    case .i32: 6
    case .i64: 7
    case .bool: 9
    case .f16: 10
    case .f64: 11
    case .u32: 12
    case .u64: 13
    case .bf16: 16
    case .f8e4m3fn: 17
    case .f8e4m3fnuz: 18
    case .f8e5m2: 19
    case .f8e5m2fnuz: 20
    case .u4: 21
    case .i4: 22
    case .f4e2m1: 23
    case .f8e8m0: 24
    case .u2: 25
    case .i2: 26
    }
  }

  /// The first operator set whose operators know the type.
  package var onnxSince: Int {
    switch self {
    case .f32, .u8, .i8, .u16, .i16, .i32, .i64, .bool, .f16, .f64, .u32, .u64, .bf16: 13
    case .f8e4m3fn, .f8e4m3fnuz, .f8e5m2, .f8e5m2fnuz: 19
    case .u4, .i4: 21
    case .f4e2m1: 23
    case .f8e8m0: 24
    case .u2, .i2: 25
    }
  }

  package init?(onnxCode: Int) {
    guard let type = DType.allCases.first(where: { $0.onnxCode == onnxCode }) else { return nil }
    self = type
  }

  package static let onnxFix =
    "strings and complex numbers are not supported; convert it to a type of numbers"
}
