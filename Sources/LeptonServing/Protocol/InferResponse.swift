package import LeptonValues

/// The answer to a request for inference, as it is sent.
package struct InferResponse: Sendable {
  package let body: [UInt8]
  /// Bytes of JSON before the binary data; nil where all of it is JSON.
  package let jsonCount: Int?

  /// - Parameter outputs: one for each of the model's outputs, in its order.
  /// - Throws: `Refusal` where a value has no form in JSON and JSON was asked for.
  package init(_ request: InferRequest, _ outputs: [TensorData], of model: ModelSignature) throws {
    let count = request.outputs.reduce(0) { $0 + outputs[$1.index].elementCount }
    var json = JSONWriter(capacity: 256 + 12 * count)
    try json.object { json in
      json.member("model_name", model.name)
      json.member("model_version", ModelSignature.version)
      if let id = request.id { json.member("id", id) }
      try json.member("outputs") { json in
        try json.array { json in
          for wanted in request.outputs {
            let tensor = outputs[wanted.index]
            let name = model.outputs[wanted.index].name
            try json.object { json in
              json.member("name", name)
              json.member("datatype", Datatype.name(of: tensor.dtype))
              json.member("shape", tensor.shape.extents)
              if wanted.isBinary {
                json.member("parameters") {
                  $0.object { $0.member("binary_data_size", tensor.type.byteCount) }
                }
              } else {
                try json.member("data") { json in
                  try json.array { try Self.write(tensor, named: name, to: &$0) }
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

  private static func write(
    _ tensor: TensorData, named name: String, to json: inout JSONWriter
  ) throws {
    func finite<F: BinaryFloatingPoint>(_ values: [F]) throws -> [F] {
      guard values.allSatisfy(\.isFinite) else {
        throw Refusal.bad(
          "output \(quoted(name)) has values that are not finite, which have no form in JSON; "
            + "look at the inputs, or ask for binary_data")
      }
      return values
    }
    switch tensor.dtype {
    case .f32: for value in try finite(tensor.array(of: Float.self)) { json.real(value) }
    case .f64: for value in try finite(tensor.array(of: Double.self)) { json.real(value) }
    case .bool: for value in tensor.array(of: Bool.self) { json.bool(value) }
    case .bf16: for value in try finite(tensor.floats) { json.real(value) }
    case .i8, .u8, .i32, .i64: for value in tensor.ints { json.integer(value) }
    }
  }
}
