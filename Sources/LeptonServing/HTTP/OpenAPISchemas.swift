/// The shapes of what the server takes and gives, as JSON Schema.
struct OpenAPISchemas {
  let model: ModelSignature

  /// A schema, as far as the server needs them.
  private indirect enum Schema {
    case string, integer, boolean, number, any
    case nullableNumber
    case const(String)
    case choice([String])
    case naturals
    case array(Schema, least: Int = 0)
    case object([(String, Schema)], required: [String])
    case reference(String)
  }

  private var all: [(String, Schema)] {
    let tensors: Schema = .array(.any)
    return [
      ("Error", .object([("error", .string)], required: ["error"])),
      ("Object", .object([], required: [])),
      ("Live", .object([("live", .boolean)], required: ["live"])),
      ("Ready", .object([("ready", .boolean)], required: ["ready"])),
      (
        "ModelReady",
        .object([("name", .string), ("ready", .boolean)], required: ["name", "ready"])
      ),
      (
        "Server",
        .object(
          [("name", .string), ("version", .string), ("extensions", .array(.string))],
          required: ["name", "version", "extensions"])
      ),
      (
        "Port",
        .object(
          [("name", .string), ("datatype", .choice(Datatype.names)), ("shape", .array(.integer))],
          required: ["name", "datatype", "shape"])
      ),
      (
        "Model",
        .object(
          [
            ("name", .string), ("versions", .array(.string)), ("platform", .string),
            ("inputs", .array(.reference("Port"))), ("outputs", .array(.reference("Port"))),
          ], required: ["name", "versions", "platform", "inputs", "outputs"])
      ),
      (
        "InferInput",
        .object(
          [
            ("name", .choice(model.inputs.map(\.name))), ("shape", .naturals),
            ("datatype", .choice(Datatype.names)), ("data", tensors),
            ("parameters", .object([], required: [])),
          ], required: ["name", "shape", "datatype"])
      ),
      (
        "InferRequest",
        .object(
          [
            ("id", .string), ("parameters", .object([], required: [])),
            ("inputs", .array(.reference("InferInput"), least: 1)),
            (
              "outputs",
              .array(
                .object(
                  [
                    ("name", .choice(model.outputs.map(\.name))),
                    ("parameters", .object([], required: [])),
                  ], required: ["name"]))
            ),
          ], required: ["inputs"])
      ),
      (
        "InferResponse",
        .object(
          [
            ("model_name", .string), ("model_version", .string), ("id", .string),
            (
              "outputs",
              .array(
                .object(
                  [
                    ("name", .string), ("datatype", .choice(Datatype.names)),
                    ("shape", .array(.integer)), ("data", tensors),
                  ], required: ["name", "datatype", "shape"]))
            ),
          ], required: ["model_name", "model_version", "outputs"])
      ),
      (
        "Rows",
        .object([("rows", .array(.object([], required: []), least: 1))], required: ["rows"])
      ),
      (
        "Predictions",
        .object(
          [
            ("model_name", .string), ("model_version", .string),
            (
              "predictions",
              .array(
                .object(
                  [
                    ("label", .string), ("probability", .nullableNumber),
                    (
                      "classes",
                      .array(
                        .object(
                          [("label", .string), ("probability", .nullableNumber)],
                          required: ["label", "probability"]))
                    ),
                    ("outputs", .array(.nullableNumber)),
                  ], required: ["classes", "outputs"]))
            ),
          ], required: ["model_name", "model_version", "predictions"])
      ),
      ("IndexRequest", .object([("ready", .boolean)], required: [])),
      (
        "Index",
        .array(
          .object(
            [
              ("name", .string), ("version", .string), ("state", .string), ("reason", .string),
            ], required: ["name", "version", "state", "reason"]))
      ),
      (
        "Statistics",
        .object([("model_stats", .array(.object([], required: [])))], required: ["model_stats"])
      ),
    ]
  }

  func write(to json: inout JSONWriter) {
    json.object { json in
      for (name, schema) in all { json.member(name) { Self.write(schema, &$0) } }
    }
  }

  private static func write(_ schema: Schema, _ json: inout JSONWriter) {
    json.object { json in
      switch schema {
      case .any: break
      case .string: json.member("type", "string")
      case .integer: json.member("type", "integer")
      case .boolean: json.member("type", "boolean")
      case .number: json.member("type", "number")
      case .nullableNumber: json.member("type", ["number", "null"])
      case .const(let text): json.member("const", text)
      case .choice(let texts):
        json.member("type", "string")
        json.member("enum", texts)
      case .naturals:
        json.member("type", "array")
        json.member("items") {
          $0.object {
            $0.member("type", "integer")
            $0.member("minimum", 1)
          }
        }
      case .array(let element, let least):
        json.member("type", "array")
        json.member("items") { write(element, &$0) }
        if least > 0 { json.member("minItems", least) }
      case .object(let members, let required):
        json.member("type", "object")
        if !members.isEmpty {
          json.member("properties") { json in
            json.object { json in
              for (name, schema) in members { json.member(name) { write(schema, &$0) } }
            }
          }
        }
        if !required.isEmpty { json.member("required", required) }
      case .reference(let name): json.member("$ref", "#/components/schemas/\(name)")
      }
    }
  }
}
