/// Rows of a table that were posted as JSON, `{"rows": [{"age": 39, "job": "clerk"}, ...]}`, as CSV text: from there they
/// go the way of every table.
struct PostedRows {
  let csv: [UInt8]

  /// - Throws: `JSONScanner.Fault` or `Refusal`.
  init(json bytes: [UInt8]) throws {
    var columns: [String] = []
    var rows: [[String: String]] = []
    var scanner = JSONScanner(bytes)
    try scanner.object { json, name in
      guard name == "rows" else {
        try json.skip()
        return
      }
      try json.array { json in
        var row: [String: String] = [:]
        try json.object { json, column in
          if rows.isEmpty { columns.append(column) }
          row[column] = try Self.cell(&json)
        }
        if let first = rows.first, first.keys != row.keys {
          throw Refusal.bad("row \(rows.count + 1) has other columns than the first")
        }
        rows.append(row)
      }
    }
    try scanner.finish()
    guard !rows.isEmpty, !columns.isEmpty else {
      throw Refusal.bad("there are no rows; send {\"rows\": [{\"column\": value}]}")
    }
    let lines = [columns] + rows.map { row in columns.map { row[$0] ?? "" } }
    csv = lines.flatMap { line in
      Array((line.map(Self.quoted).joined(separator: ",") + "\n").utf8)
    }
  }

  private static func cell(_ json: inout JSONScanner) throws -> String {
    if json.isNext("\"") { return try json.string() }
    if json.isNext("{") || json.isNext("[") {
      throw Refusal.bad("a row's values are numbers, strings, true, false or null")
    }
    let start = try json.skip()
    let text = String(decoding: json.bytes[start..<json.place], as: UTF8.self)
    return text == "null" ? "" : text
  }

  private static func quoted(_ cell: String) -> String {
    "\"" + cell.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
      + "\""
  }
}
