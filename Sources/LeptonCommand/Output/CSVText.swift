/// Rows as CSV: RFC 4180.
enum CSVText {
  static func lines(_ rows: [[String]]) -> String {
    rows.map { $0.map(field).joined(separator: ",") + "\r\n" }.joined()
  }

  private static func field(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy {
      ![UInt8(ascii: ","), UInt8(ascii: "\""), 10, 13].contains($0)
    }
    return isPlain ? text : "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
