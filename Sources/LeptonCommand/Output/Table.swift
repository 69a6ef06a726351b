/// Rows under headings, aligned; on a terminal no wider than it is, as far as columns of prose can give way.
struct Table {
  enum Alignment {
    case left, right
    /// To the left, and cut in the middle where the terminal is narrow.
    case prose
  }

  private let headings: [(title: String, alignment: Alignment)]
  private var rows: [[String]] = []

  /// No column of prose gets narrower than this.
  private static let leastWidth = 8

  init(_ headings: [(String, Alignment)]) {
    self.headings = headings.map { (title: $0.0, alignment: $0.1) }
  }

  mutating func add(_ cells: [String]) {
    precondition(
      cells.count == headings.count, "\(cells.count) cells under \(headings.count) headings")
    rows.append(cells)
  }

  /// With its headings.
  func text(columns: Int? = StandardStreams.columns) -> String {
    lines([headings.map(\.title)] + rows, columns)
  }

  /// Without them.
  func body(columns: Int? = StandardStreams.columns) -> String { lines(rows, columns) }

  private func lines(_ rows: [[String]], _ columns: Int?) -> String {
    let widths = widths(columns)
    let lines = rows.map { cells in
      let padded = cells.indices.map { column -> String in
        let cell = Self.cut(cells[column], to: widths[column])
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return headings[column].alignment == .right ? padding + cell : cell + padding
      }
      return padded.joined(separator: "  ").trimmingTrailingSpaces
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private func widths(_ columns: Int?) -> [Int] {
    var widths = headings.indices.map { column in
      ([headings[column].title] + rows.map { $0[column] }).map(\.count).max() ?? 0
    }
    guard let columns else { return widths }
    let limit = columns - 2 * (headings.count - 1)
    while widths.reduce(0, +) > limit {
      let flexible = widths.indices.filter {
        headings[$0].alignment == .prose && widths[$0] > Self.leastWidth
      }
      guard let widest = flexible.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
    }
    return widths
  }

  /// The head and the tail of a text that is too long: `features.…weight`.
  private static func cut(_ text: String, to width: Int) -> String {
    guard text.count > width else { return text }
    let tail = (width - 1) / 2
    return text.prefix(width - 1 - tail) + "…" + text.suffix(tail)
  }
}

extension String {
  fileprivate var trimmingTrailingSpaces: String {
    String(self[..<(lastIndex { $0 != " " }.map { index(after: $0) } ?? startIndex)])
  }
}
