import LeptonData
import LeptonValues

/// The shapes of what the server takes and gives, as JSON Schema.
struct OpenAPISchemas {
  let model: ModelSignature
  /// Shapes of requests are listed for up to so many examples, since JSON Schema cannot say that one number is the length
  /// of another value; more are taken too.
  let mostRows: Int
  /// Of a model of rows.
  let columns: [TableSchema.Column]

  /// A schema, as far as the server needs them.
  private indirect enum Schema: Sendable {
    case string, integer, boolean, number, null, any
    case nullableNumber
    case text(most: Int)
    case range(low: String, high: String, isWhole: Bool)
    case choice([String])
    case shape([Int])
    case array(Schema, least: Int = 0, most: Int? = nil)
    case object([(String, Schema)], required: [String])
    case anyOf([Schema])
    case reference(String)
  }

  private static func element(_ dtype: DType) -> Schema {
    switch dtype {
    case .bool: .boolean
    case .i8: .range(low: "-128", high: "127", isWhole: true)
    case .u8: .range(low: "0", high: "255", isWhole: true)
    case .i32: .range(low: "-2147483648", high: "2147483647", isWhole: true)
    case .i16: .range(low: "-32768", high: "32767", isWhole: true)
    case .u16: .range(low: "0", high: "65535", isWhole: true)
    case .u32: .range(low: "0", high: "4294967295", isWhole: true)
    // JSON's integers are read as 64 bits with a sign.
    case .u64: .range(low: "0", high: "\(Int64.max)", isWhole: true)
    case .i64: .range(low: "\(Int64.min)", high: "\(Int64.max)", isWhole: true)
    case .f32: singlePrecision
    case .f64, .bf16, .f16, .f8e4m3fn, .f8e4m3fnuz, .f8e5m2, .f8e5m2fnuz, .f8e8m0, .f4e2m1, .i4,
      .u4,
      .i2, .u2:
      .range(low: "-1.7976931348623157e308", high: "1.7976931348623157e308", isWhole: false)
    }
  }

  /// Up to the largest double whose shortest digits round to a finite float.
  private static var singlePrecision: Schema {
    .range(low: "-3.4028235677973366e38", high: "3.4028235677973366e38", isWhole: false)
  }

  /// An input with all its elements, flat, for one number of examples.
  private func input(_ port: ModelSignature.Port, rows: Int) -> Schema {
    let type = model.type(of: port, rows: rows)
    let count = type.shape.elementCount
    return .object(
      [
        ("name", .choice([port.name])),
        ("datatype", .choice([Datatype.name(of: port.dtype)])),
        ("shape", .shape(type.shape.extents)),
        ("data", .array(Self.element(port.dtype), least: count, most: count)),
      ], required: ["name", "shape", "datatype", "data"])
  }

  private var inputs: Schema {
    let sizes = model.isBatched ? Array(1...mostRows) : [1]
    return .anyOf(model.inputs.flatMap { port in sizes.map { input(port, rows: $0) } })
  }

  /// A row of the table, by the names of its columns.
  private var row: Schema {
    .object(columns.map { ($0.name, Self.cell($0.kind)) }, required: columns.map(\.name))
  }

  private static func cell(_ kind: TableSchema.Kind) -> Schema {
    switch kind {
    case .numeric: .anyOf([singlePrecision, .null])
    case .categorical: .anyOf([.string, .number, .boolean, .null])
    case .text: .anyOf([.string, .null])
    }
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
      ("InferInput", inputs),
      (
        "InferRequest",
        .object(
          [
            ("id", .text(most: 1024)),
            ("parameters", .object([("binary_data_output", .boolean)], required: [])),
            (
              "inputs",
              .array(
                .reference("InferInput"), least: model.inputs.count, most: model.inputs.count)
            ),
            (
              "outputs",
              .array(
                .object(
                  [
                    ("name", .choice(model.outputs.map(\.name))),
                    ("parameters", .object([("binary_data", .boolean)], required: [])),
                  ], required: ["name"]), most: 1)
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
      ("Rows", .object([("rows", .array(row, least: 1))], required: ["rows"])),
      (
        "Predictions",
        .object(
          [
            ("model_name", .string), ("model_version", .string),
            (
              "predictions",
              .array(.anyOf([Self.classified, Self.detected]))
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

  /// What a classifier or regressor says of an example.
  private static let classified = Schema.object(
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
    ], required: ["classes", "outputs"])

  /// What a detector finds in an image, in its pixels.
  private static let detected = Schema.object(
    [
      ("width", .integer), ("height", .integer),
      (
        "boxes",
        .array(
          .object(
            [
              ("label", .string), ("class", .integer), ("score", .number), ("x1", .number),
              ("y1", .number), ("x2", .number), ("y2", .number),
            ], required: ["label", "class", "score", "x1", "y1", "x2", "y2"]))
      ),
    ], required: ["width", "height", "boxes"])

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
      case .null: json.member("type", "null")
      case .nullableNumber: json.member("type", ["number", "null"])
      case .text(let most):
        json.member("type", "string")
        json.member("maxLength", most)
      case .range(let low, let high, let isWhole):
        json.member("type", isWhole ? "integer" : "number")
        json.member("minimum") { $0.json(Array(low.utf8)) }
        json.member("maximum") { $0.json(Array(high.utf8)) }
      case .choice(let texts):
        json.member("type", "string")
        json.member("enum", texts)
      case .shape(let extents):
        json.member("type", "array")
        json.member("const", extents)
      case .array(let element, let least, let most):
        json.member("type", "array")
        json.member("items") { write(element, &$0) }
        if least > 0 { json.member("minItems", least) }
        if let most { json.member("maxItems", most) }
      case .anyOf(let schemas):
        json.member("anyOf") { json in
          json.array { json in for schema in schemas { write(schema, &json) } }
        }
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
