package import LeptonValues

/// The answer to a request for inference, as it is sent.
package struct InferResponse: Sendable {
  package let body: [UInt8]
  /// Bytes of JSON before the binary data; nil where all of it is JSON.
  package let jsonCount: Int?

  /// - Parameter outputs: one for each of the model's outputs, in its order.
  package init(_ request: InferRequest, _ outputs: [TensorData], of model: ModelSignature) {
    let count = request.outputs.reduce(0) { $0 + outputs[$1.index].elementCount }
    var json = JSONWriter(capacity: 256 + 12 * count)
    json.object { json in
      json.member("model_name", model.name)
      json.member("model_version", ModelSignature.version)
      if let id = request.id { json.member("id", id) }
      json.member("outputs") { json in
        json.array { json in
          for wanted in request.outputs {
            let tensor = outputs[wanted.index]
            let name = model.outputs[wanted.index].name
            json.object { json in
              json.member("name", name)
              json.member("datatype", Datatype.name(of: tensor.dtype))
              json.member("shape", tensor.shape.extents)
              if wanted.isBinary {
                json.member("parameters") {
                  $0.object { $0.member("binary_data_size", tensor.type.byteCount) }
                }
              } else {
                json.member("data") { json in
                  json.array { Self.write(tensor, to: &$0) }
                }
              }
            }
          }
        }
      }
    }
    let binary = request.outputs.filter(\.isBinary)
    jsonCount = binary.isEmpty ? nil : json.bytes.count
    var body = json.bytes
    for wanted in binary { outputs[wanted.index].withUnsafeBytes { body.append(contentsOf: $0) } }
    self.body = body
  }

  /// JSON has no form for what is not finite: it becomes null, and whoever must tell infinities apart asks for bytes.
  private static func write(_ tensor: TensorData, to json: inout JSONWriter) {
    func reals(_ values: [some BinaryFloatingPoint & CustomStringConvertible]) {
      for value in values { if value.isFinite { json.real(value) } else { json.null() } }
    }
    switch tensor.dtype {
    case .f32: reals(tensor.array(of: Float.self))
    case .f64: reals(tensor.array(of: Double.self))
    case .bf16, .f16, .f8e4m3fn, .f8e4m3fnuz, .f8e5m2, .f8e5m2fnuz, .f8e8m0, .f4e2m1:
      reals(tensor.floats)
    case .bool: for value in tensor.array(of: Bool.self) { json.bool(value) }
    case .i8, .u8, .i16, .u16, .i32, .u32, .i64, .i4, .u4, .i2, .u2:
      for value in tensor.ints { json.integer(value) }
    case .u64: for value in tensor.array(of: UInt64.self) { json.integer(value) }
    }
  }
}
