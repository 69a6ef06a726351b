/// Sentences in lines no longer than the terminal is wide.
enum Prose {
  /// Ends in a newline; lines after the first are indented.
  static func wrapped(
    _ text: String, indent: Int = 2, columns: Int? = StandardStreams.columns
  ) -> String {
    guard let columns else { return text + "\n" }
    var lines: [String] = []
    var line = ""
    let margin = String(text.prefix { $0 == " " })
    for word in text.split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count > columns {
        lines.append(line)
        line = String(repeating: " ", count: indent) + word
      } else {
        line += (line.isEmpty ? margin : " ") + word
      }
    }
    return (lines + [line]).map { $0 + "\n" }.joined()
  }
}
