/// A page that is one file: its style inside, no scripts, nothing fetched, and a policy that forbids both.
package struct HTML {
  var title: String
  /// One line below the title.
  var subtitle: String
  var body = ""

  mutating func section(_ heading: String, _ content: String) {
    if content.isEmpty { return }
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
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
    style-src 'unsafe-inline'; img-src data:">
    <title>\(Self.text(title))</title>
    <style>
    \(PageStyle.css)
    \(ChartStyle.css)
    </style>
    </head>
    <body>
    <main>
    <header><h1>\(Self.name(title))</h1><p>\(Self.text(subtitle))</p></header>
    \(body)</main>
    </body>
    </html>

    """
  }
}

// MARK: Text from elsewhere

extension HTML {
  /// Fit for content and for attributes, whatever it holds.
  package static func escaped(_ text: String) -> String {
    guard text.utf8.contains(where: { special.contains($0) || $0 < 0x20 }) else { return text }
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\t": result.unicodeScalars.append(character)
      // A page may not hold other control characters.
      case _ where character.value < 0x20: result += "\u{FFFD}"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }

  private static let special = Set("&<>\"'".utf8)

  /// At most so many characters, the last of them `…` where some are left out.
  static func clipped(_ text: String, to count: Int) -> String {
    // Counting all characters of a very long name would take long.
    text.prefix(count + 1).count <= count ? text : text.prefix(count - 1) + "…"
  }

  /// Text of reasonable length.
  static func text(_ text: String) -> String { escaped(clipped(text, to: 1000)) }

  /// A name, kept apart from what stands around it in whatever direction it is written.
  package static func name(_ text: String) -> String {
    "<bdi>\(escaped(clipped(text, to: 120)))</bdi>"
  }
}

// MARK: Pieces

extension HTML {
  static func paragraph(_ text: String) -> String { "<p>\(Self.text(text))</p>\n" }

  static func note(_ text: String) -> String { "<p class=\"note\">\(Self.text(text))</p>\n" }

  static func list(_ items: [String]) -> String {
    items.isEmpty ? "" : "<ul>\(items.map { "<li>\(text($0))</li>" }.joined())</ul>\n"
  }

  /// What opens on demand.
  static func details(_ summary: String, _ content: String) -> String {
    "<details><summary>\(text(summary))</summary>\n\(content)</details>\n"
  }

  /// Rows of text under headings; columns of numbers stand to the right.
  static func table(
    _ headings: [(String, isNumber: Bool)], _ rows: [(cells: [String], isMarked: Bool)]
  ) -> String {
    table(
      headings,
      markup: rows.map { row in
        (zip(row.cells, headings).map { $1.isNumber ? escaped($0) : name($0) }, row.isMarked)
      })
  }

  /// The same where cells are markup already.
  static func table(
    _ headings: [(String, isNumber: Bool)], markup rows: [(cells: [String], isMarked: Bool)]
  ) -> String {
    func line(_ cells: [String], _ tag: String, _ mark: Bool) -> String {
      let cells = zip(cells, headings).map { cell, heading in
        "<\(tag)\(heading.isNumber ? " class=\"number\"" : "")>\(cell)</\(tag)>"
      }
      return "<tr\(mark ? " class=\"marked\"" : "")>\(cells.joined())</tr>\n"
    }
    return "<div class=\"scroll\"><table>\n" + line(headings.map { escaped($0.0) }, "th", false)
      + rows.map { line($0.cells, "td", $0.isMarked) }.joined() + "</table></div>\n"
  }

  /// A bar of a cell, with its number.
  static func bar(_ fraction: Double, _ text: String, style: String = "a") -> String {
    let width = Figures.places(100 * min(max(fraction.isFinite ? fraction : 0, 0), 1), 1)
    return "<span class=\"bar-cell\"><i class=\"\(style)\" style=\"width:\(width)%\"></i></span>"
      + "<span class=\"bar-text\">\(escaped(text))</span>"
  }

  /// Large figures side by side, each with what it is and how sure it is.
  static func tiles(_ figures: [(name: String, value: String, note: String)]) -> String {
    let tiles = figures.map {
      "<div><dt>\(escaped($0.name))</dt>"
        + "<dd\($0.value.count > 8 ? " class=\"long\"" : "")>\(name($0.value))</dd>"
        + ($0.note.isEmpty ? "" : "<small>\(escaped($0.note))</small>") + "</div>"
    }
    return "<dl class=\"tiles\">\(tiles.joined())</dl>\n"
  }

  /// Names with what they are.
  static func facts(_ facts: [(String, String)]) -> String {
    let rows = facts.map { "<dt>\(escaped($0.0))</dt><dd>\(name($0.1))</dd>" }
    return "<dl class=\"facts\">\(rows.joined())</dl>\n"
  }

  /// A picture with its title and what its marks mean.
  static func figure(_ title: String, legend: [String], _ svg: String) -> String {
    "<figure><figcaption>\(text(title))</figcaption><p class=\"legend\">\(legend.joined())</p>\n"
      + "\(svg)</figure>\n"
  }

  /// What a mark of a picture means; no mark where `style` is empty.
  static func key(_ style: String, _ text: String) -> String {
    "<span>\(style.isEmpty ? "" : "<i class=\"key \(style)\"></i>")\(Self.text(text))</span>"
  }
}
