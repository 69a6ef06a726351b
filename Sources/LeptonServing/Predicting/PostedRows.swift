import LeptonData

/// Rows of a table that were posted as JSON, `{"rows": [{"age": 39, "job": "clerk"}, ...]}`, as CSV text: from there they
/// go the way of every table.
struct PostedRows {
  let csv: [UInt8]

  /// - Parameter columns: of the table, in order; a row may have others, which are passed by.
  /// - Throws: `JSONScanner.Fault` or `Refusal`.
  init(json bytes: [UInt8], columns: [TableSchema.Column]) throws {
    let names = columns.map(\.name)
    let kinds = Dictionary(
      columns.map { ($0.name, $0.kind) }, uniquingKeysWith: { first, _ in first })
    var lines = [names]
    var scanner = JSONScanner(bytes)
    try scanner.object { json, name in
      guard name == "rows" else {
        try json.skip()
        return
      }
      try json.array { json in
        var row: [String: String] = [:]
        try json.object { json, column in
          row[column] = try Self.cell(&json, column, kinds[column])
        }
        if let missing = names.first(where: { row[$0] == nil }) {
          throw Refusal.bad("row \(lines.count) has no \(quoted(missing))")
        }
        lines.append(names.map { row[$0] ?? "" })
      }
    }
    try scanner.finish()
    guard lines.count > 1 else {
      throw Refusal.bad("there are no rows; send {\"rows\": [{\"column\": value}]}")
    }
    csv = lines.flatMap { line in
      Array((line.map(Self.escaped).joined(separator: ",") + "\n").utf8)
    }
  }

  /// A value as a table has it: text, or the JSON itself; empty where it is null.
  private static func cell(
    _ json: inout JSONScanner, _ column: String, _ kind: TableSchema.Kind?
  ) throws -> String {
    let isText = json.isNext("\"")
    let isNested = json.isNext("{") || json.isNext("[")
    let isWord = json.isNext("t") || json.isNext("f")
    let text: String
    if isText {
      text = try json.string()
    } else {
      let start = try json.skip()
      text = String(decoding: json.bytes[start..<json.place], as: UTF8.self)
    }
    guard text != "null" || isText else { return "" }
    let wanted: String? =
      switch kind {
      case .numeric: isText || isNested || isWord ? "a number" : nil
      case .categorical: isNested ? "text, a number, true or false" : nil
      case .text: isText ? nil : "text"
      case nil: nil
      }
    if let wanted { throw Refusal.bad("\(quoted(column)) takes \(wanted), or null") }
    return text
  }

  private static func escaped(_ cell: String) -> String {
    "\"" + cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
      + "\""
  }
}
