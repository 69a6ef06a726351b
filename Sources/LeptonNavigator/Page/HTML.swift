/// A page that is one file: its style inside, no scripts, nothing fetched.
struct HTML {
  var title: String
  /// One line below the title.
  var subtitle: String
  var body = ""

  mutating func section(_ heading: String, _ content: String) {
    body += "<section>\n<h2>\(Self.escaped(heading))</h2>\n\(content)</section>\n"
  }

  var text: String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(Self.escaped(title))</title>
    <style>
    \(PageStyle.css)
    </style>
    </head>
    <body>
    <main>
    <header><h1>\(Self.escaped(title))</h1><p>\(Self.escaped(subtitle))</p></header>
    \(body)</main>
    </body>
    </html>

    """
  }

  static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }

  static func paragraph(_ text: String) -> String { "<p>\(escaped(text))</p>\n" }

  /// Rows of text under headings; columns of numbers stand to the right.
  static func table(
    _ headings: [(String, isNumber: Bool)], _ rows: [(cells: [String], isMarked: Bool)]
  ) -> String {
    func line(_ cells: [String], _ tag: String, _ mark: Bool) -> String {
      let cells = zip(cells, headings).map { cell, heading in
        "<\(tag)\(heading.isNumber ? " class=\"number\"" : "")>\(escaped(cell))</\(tag)>"
      }
      return "<tr\(mark ? " class=\"marked\"" : "")>\(cells.joined())</tr>\n"
    }
    return "<div class=\"scroll\"><table>\n" + line(headings.map(\.0), "th", false)
      + rows.map { line($0.cells, "td", $0.isMarked) }.joined() + "</table></div>\n"
  }

  /// Large figures side by side, each with what it is.
  static func tiles(_ figures: [(name: String, value: String)]) -> String {
    let tiles = figures.map {
      "<div><dt>\(escaped($0.name))</dt><dd>\(escaped($0.value))</dd></div>"
    }
    return "<dl class=\"tiles\">\(tiles.joined())</dl>\n"
  }
}
