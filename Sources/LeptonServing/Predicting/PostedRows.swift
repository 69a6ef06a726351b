/// Rows of a table that were posted as JSON, `{"rows": [{"age": 39, "job": "clerk"}, ...]}`, as CSV text: from there they
/// go the way of every table.
struct PostedRows {
  let csv: [UInt8]

  /// - Parameter columns: of the table, in order; a row may have others, which are passed by.
  /// - Throws: `JSONScanner.Fault` or `Refusal`.
  init(json bytes: [UInt8], columns: [String]) throws {
    var lines = [columns]
    var scanner = JSONScanner(bytes)
    try scanner.object { json, name in
      guard name == "rows" else {
        try json.skip()
        return
      }
      try json.array { json in
        var row: [String: String] = [:]
        try json.object { json, column in row[column] = try Self.cell(&json) }
        if let missing = columns.first(where: { row[$0] == nil }) {
          throw Refusal.bad("row \(lines.count) has no \(quoted(missing))")
        }
        lines.append(columns.map { row[$0] ?? "" })
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

  /// A value as a table has it: text, or the JSON itself.
  private static func cell(_ json: inout JSONScanner) throws -> String {
    if json.isNext("\"") { return try json.string() }
    let isNested = json.isNext("{") || json.isNext("[")
    let start = try json.skip()
    let bytes = json.bytes[start..<json.place]
    let text = String(decoding: isNested ? bytes.prefix(32) : bytes, as: UTF8.self)
    return text == "null" ? "" : text
  }

  private static func escaped(_ cell: String) -> String {
    "\"" + cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
      + "\""
  }
}
