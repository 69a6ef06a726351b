import LeptonValues

/// A file with a table in it: CSV, TSV, JSON lines, or the C4.5 form of UCI; each also as gzip.
package struct TableFile: Sendable {
  package enum Format: Sendable, Hashable {
    case csv(CSV.Dialect)
    /// One JSON object a line, whose keys are the columns.
    case jsonLines
    /// CSV whose last field ends in a period, with `|` before comments.
    case c45
  }

  package var path: String
  package var format: Format
  /// The names of the columns, where they come from elsewhere than the file.
  package var columns: [String]?
  /// Whether the first line names the columns; nil decides by its content.
  package var header: Bool?

  package init(
    _ path: String, format: Format? = nil, columns: [String]? = nil, header: Bool? = nil
  ) {
    self.path = path
    self.format = format ?? Self.format(of: path)
    self.columns = columns
    self.header = header
  }

  /// The endings that say what kind of table a file is, without `.gz`.
  package static let endings = ["csv", "tsv", "jsonl", "ndjson"]

  package static func isTable(_ path: String) -> Bool {
    let name = plain(path)
    return endings.contains { name.hasSuffix(".\($0)") }
  }

  private static func format(of path: String) -> Format {
    let name = plain(path)
    if name.hasSuffix(".tsv") { return .csv(.tabs) }
    return name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson") ? .jsonLines : .csv(CSV.Dialect())
  }

  private static func plain(_ path: String) -> String {
    let name = path.lowercased()
    return name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
  }
}

/// The rows of a table file, one after the other, in constant memory.
package struct TableReader {
  package let file: TableFile
  /// The columns of every row.
  package private(set) var columns: [String] = []
  private var source: any RowSource
  /// Read, and not yet asked for.
  private var pending: ArraySlice<CSV.Row> = []

  /// Opens the file and reads the names of its columns.
  ///
  /// - Throws: `LeptonError`: `io`, or `badInput` where it is no table.
  package init(_ file: TableFile) throws { try self.init(file, ByteStream(file.path)) }

  /// The rows of a stream, read as the file would be.
  package init(_ file: TableFile, _ stream: ByteStream) throws {
    self.file = file
    switch file.format {
    case .csv(var dialect):
      if try Self.hasSemicolons(stream), dialect == CSV.Dialect() {
        dialect.delimiter = UInt8(ascii: ";")
      }
      source = CSVSource(stream, dialect)
    case .c45:
      source = CSVSource(stream, CSV.Dialect(comment: UInt8(ascii: "|")), dropsPeriod: true)
    case .jsonLines:
      var lines = JSONLines(stream)
      columns = try file.columns ?? lines.discoverColumns()
      lines.columns = columns
      source = lines
      return
    }
    try readHeader()
    var seen: Set<String> = []
    for column in columns where !seen.insert(column).inserted {
      throw LeptonError(
        .badInput, "two columns are called \"\(column)\"", at: "\(file.path):1", fix: "rename one")
    }
  }

  private mutating func readHeader() throws {
    try fill()
    guard let first = pending.first else {
      throw LeptonError(
        .badInput, "the file has no rows", at: file.path, fix: "give at least one row")
    }
    guard case .fields(let fields) = first else {
      if case .flawed(let error) = first { throw error }
      return
    }
    let namesColumns = file.columns == nil && (file.header ?? Self.looksLikeHeader(fields))
    columns =
      file.columns
      ?? (namesColumns ? fields.map(\.text) : fields.indices.map { "column\($0 + 1)" })
    if namesColumns { pending = pending.dropFirst() }
  }

  /// The next row, with as many fields as there are columns, or what is wrong with it; nil at the end.
  package mutating func next() throws -> CSV.Row? {
    try fill()
    guard let row = pending.popFirst() else { return nil }
    guard case .fields(let fields) = row, fields.count != columns.count else { return row }
    let last = fields.count > columns.count ? fields[columns.count] : fields[fields.count - 1]
    return .flawed(
      LeptonError(
        .badInput,
        "this row has \(fields.count) fields, the table has \(columns.count) columns",
        at: "\(file.path):\(last.line):\(last.column)",
        fix: "add or remove fields, or quote those that contain the delimiter"))
  }

  private mutating func fill() throws {
    while pending.isEmpty, let rows = try source.next() { pending = rows[...] }
  }

  /// Whether the first line has semicolons and no comma, as where the comma stands before decimals.
  private static func hasSemicolons(_ stream: ByteStream) throws -> Bool {
    let line = try stream.peek().prefix { $0 != 0x0A && $0 != 0x0D }
    return line.contains(UInt8(ascii: ";")) && !line.contains(UInt8(ascii: ","))
  }

  /// Numbers never name columns.
  private static func looksLikeHeader(_ record: [CSV.Field]) -> Bool {
    record.allSatisfy { Double($0.text) == nil && !$0.text.isEmpty }
  }
}

/// Where rows come from, some at a time; nil at the end.
protocol RowSource {
  mutating func next() throws -> [CSV.Row]?
}

private struct CSVSource: RowSource {
  private let stream: ByteStream
  private var parser: CSVParser
  private let dropsPeriod: Bool
  private var isDone = false

  init(_ stream: ByteStream, _ dialect: CSV.Dialect, dropsPeriod: Bool = false) {
    self.stream = stream
    parser = CSVParser(dialect: dialect, name: stream.path)
    self.dropsPeriod = dropsPeriod
  }

  mutating func next() throws -> [CSV.Row]? {
    if isDone { return nil }
    let piece = try stream.next()
    if piece.isEmpty {
      try parser.finish()
      isDone = true
    } else {
      try parser.consume(piece)
    }
    let rows = parser.takeRows()
    return dropsPeriod ? rows.map(Self.droppingPeriod) : rows
  }

  private static func droppingPeriod(_ row: CSV.Row) -> CSV.Row {
    guard case .fields(var fields) = row, fields.last?.text.hasSuffix(".") == true else {
      return row
    }
    fields[fields.count - 1].text.removeLast()
    return .fields(fields)
  }
}
