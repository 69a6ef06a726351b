package import LeptonValues

/// Comma-separated values (RFC 4180): quoted fields with commas, newlines and doubled quotes; lines
/// that end in LF, CRLF or CR; a byte order mark; blank lines, which are skipped.
///
/// Beyond the RFC, spaces around an unquoted field are dropped.
package enum CSV {
  /// A value and where it starts: line and column, in characters, from 1.
  package struct Field: Hashable, Sendable {
    package var text: String
    package var line: Int
    package var column: Int

    package init(text: String, line: Int, column: Int) {
      (self.text, self.line, self.column) = (text, line, column)
    }
  }

  /// A line of a table, or what is wrong with it.
  package enum Row {
    case fields([Field])
    case flawed(LeptonError)
  }

  /// What varies between families of files.
  package struct Dialect: Hashable, Sendable {
    package var delimiter = UInt8(ascii: ",")
    /// What starts a line to skip.
    package var comment: UInt8?
    /// Whether quotes have a meaning. Tab-separated values of most publishers have none.
    package var isQuoted = true

    package init(comment: UInt8? = nil) { self.comment = comment }

    package static let tabs: Dialect = {
      var dialect = Dialect()
      dialect.delimiter = UInt8(ascii: "\t")
      return dialect
    }()
  }

  /// A field with more bytes than this is no field: most likely a quote was not closed.
  package static let fieldLimit = 1 << 20
  /// A row with more fields than this is no row.
  package static let columnLimit = 1 << 17

  /// The records of `bytes`, which must be UTF-8.
  ///
  /// - Throws: `LeptonError` of kind `badInput` with `name:line:column`.
  package static func parse(
    _ bytes: [UInt8], dialect: Dialect = Dialect(), name: String
  ) throws -> [[Field]] {
    var parser = CSVParser(dialect: dialect, name: name)
    try parser.consume(bytes)
    try parser.finish()
    return try parser.takeRows().map { row in
      switch row {
      case .fields(let fields): return fields
      case .flawed(let error): throw error
      }
    }
  }
}

/// A state machine over the bytes of a file that arrive in pieces.
package struct CSVParser {
  private enum State {
    case recordStart
    case fieldStart
    case unquoted
    case quoted
    /// After a quote inside a quoted field: its end, or the first of a doubled one.
    case quoteInQuoted
    case comment
    /// After a flaw: up to the end of the line.
    case skipping
  }

  private let dialect: CSV.Dialect
  private let name: String
  private var state = State.recordStart
  private var rows: [CSV.Row] = []
  private var record: [CSV.Field] = []
  private var text: [UInt8] = []
  private var line = 1
  private var column = 0
  private var fieldLine = 1
  private var fieldColumn = 1
  private var previousWasReturn = false
  private var isFirst = true

  package init(dialect: CSV.Dialect, name: String) {
    self.dialect = dialect
    self.name = name
  }

  /// The rows that are complete, and no longer the parser's.
  package mutating func takeRows() -> [CSV.Row] {
    defer { rows.removeAll(keepingCapacity: true) }
    return rows
  }

  /// - Throws: `LeptonError` of kind `badInput` where the file is no text at all.
  package mutating func consume(_ piece: [UInt8]) throws {
    var start = 0
    if isFirst, !piece.isEmpty {
      isFirst = false
      try refuseOtherFormats(piece)
      if piece.starts(with: [0xEF, 0xBB, 0xBF]) { start = 3 }
    }
    try piece.withUnsafeBufferPointer { bytes in
      var index = start
      while index < bytes.count {
        if state == .unquoted || state == .quoted {
          index += takeRun(bytes, from: index)
          if text.count > CSV.fieldLimit { throw overlongField() }
          guard index < bytes.count else { break }
        }
        try consume(bytes[index])
        index += 1
      }
    }
  }

  /// Takes the bytes of a field that mean nothing but themselves; how many.
  private mutating func takeRun(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var end = start
    let isQuoted = state == .quoted
    while end < bytes.count {
      let byte = bytes[end]
      if byte < 0x20 || byte == quote || (byte == dialect.delimiter && !isQuoted) { break }
      if byte & 0xC0 != 0x80 { column += 1 }
      end += 1
    }
    if end > start {
      text.append(contentsOf: bytes[start..<end])
      previousWasReturn = false
    }
    return end - start
  }

  private mutating func consume(_ byte: UInt8) throws {
    // The line feed of a CRLF belongs to the return before it.
    let completesReturn = previousWasReturn && byte == newline
    previousWasReturn = byte == carriageReturn
    if completesReturn, state != .quoted { return }
    let continuesCharacter = byte & 0xC0 == 0x80
    if !completesReturn, !continuesCharacter { column += 1 }
    if byte == 0, state != .skipping {
      return flaw("a NUL byte", fix: "save the file as UTF-8 text; it may be UTF-16")
    }

    switch state {
    case .recordStart, .fieldStart:
      switch byte {
      case dialect.delimiter: endField(at: column)
      case newline, carriageReturn:
        if state == .fieldStart { endField(at: column) }
        endRecord()
      case space, tab: break
      case quote where dialect.isQuoted: begin(.quoted)
      case dialect.comment where state == .recordStart: state = .comment
      default:
        begin(.unquoted)
        text.append(byte)
      }
    case .unquoted:
      switch byte {
      case dialect.delimiter: endField()
      case newline, carriageReturn:
        endField()
        endRecord()
      case quote where dialect.isQuoted:
        flaw("a quote inside an unquoted field", fix: "quote the whole field and double the quote")
      default: text.append(byte)
      }
    case .quoted:
      if byte == quote { state = .quoteInQuoted } else { text.append(byte) }
      if byte == newline, !completesReturn { startLine() }
      if byte == carriageReturn { startLine() }
    case .quoteInQuoted:
      switch byte {
      case quote:
        text.append(byte)
        state = .quoted
      case dialect.delimiter: endField(quoted: true)
      case newline, carriageReturn:
        endField(quoted: true)
        endRecord()
      case space, tab: break
      default: flaw("text after the closing quote of a field", fix: "double every quote inside it")
      }
    case .comment, .skipping:
      if byte == newline || byte == carriageReturn {
        if state == .skipping { state = .recordStart }
        endRecord()
      }
    }
  }

  /// Ends the last row.
  ///
  /// - Throws: `LeptonError` of kind `badInput` where a quote is open.
  package mutating func finish() throws {
    column += 1
    switch state {
    case .recordStart, .comment, .skipping: break
    case .fieldStart: endField(at: column)
    case .unquoted: endField()
    case .quoteInQuoted: endField(quoted: true)
    case .quoted:
      throw LeptonError(
        .badInput, "the quote that opens here is never closed",
        at: "\(name):\(fieldLine):\(fieldColumn)", fix: "close it, or fetch the file again")
    }
    endRecord()
  }
}

extension CSVParser {
  private mutating func begin(_ next: State) {
    state = next
    fieldLine = line
    fieldColumn = column
  }

  private mutating func endField(quoted: Bool = false, at empty: Int? = nil) {
    if let empty { (fieldLine, fieldColumn) = (line, empty) }
    if !quoted { while text.last == space || text.last == tab { text.removeLast() } }
    guard let value = String(validating: text, as: UTF8.self) else {
      return flaw(
        "the field is not UTF-8", fix: "convert the file to UTF-8",
        at: (fieldLine, fieldColumn))
    }
    guard record.count < CSV.columnLimit else {
      return flaw("a row of more than \(CSV.columnLimit) fields", fix: "check the delimiter")
    }
    record.append(CSV.Field(text: value, line: fieldLine, column: fieldColumn))
    text.removeAll(keepingCapacity: true)
    state = .fieldStart
  }

  private mutating func endRecord() {
    if !record.isEmpty, state != .skipping { rows.append(.fields(record)) }
    record.removeAll(keepingCapacity: true)
    // A flaw in the last field of a line ends with that line.
    state = .recordStart
    startLine()
  }

  private mutating func startLine() {
    line += 1
    column = 0
  }

  /// Gives up the row, and goes on with the next line.
  private mutating func flaw(_ what: String, fix: String, at place: (Int, Int)? = nil) {
    let place = place ?? (line, column)
    rows.append(
      .flawed(LeptonError(.badInput, what, at: "\(name):\(place.0):\(place.1)", fix: fix)))
    record.removeAll(keepingCapacity: true)
    text.removeAll(keepingCapacity: true)
    state = .skipping
  }

  private func overlongField() -> LeptonError {
    LeptonError(
      .badInput, "the field that starts here has more than \(CSV.fieldLimit) bytes",
      at: "\(name):\(fieldLine):\(fieldColumn)",
      fix: state == .quoted ? "close its quote" : "check that this is a table of text")
  }

  private func refuseOtherFormats(_ piece: [UInt8]) throws {
    let others: [([UInt8], String, String)] = [
      ([0xFF, 0xFE], "UTF-16", "convert it: iconv -f UTF-16 -t UTF-8"),
      ([0xFE, 0xFF], "UTF-16", "convert it: iconv -f UTF-16 -t UTF-8"),
      ([0x50, 0x4B, 0x03, 0x04], "a zip archive or a workbook", "export it as CSV"),
      ([0x50, 0x41, 0x52, 0x31], "Parquet", "export it as CSV"),
    ]
    guard let other = others.first(where: { piece.starts(with: $0.0) }) else { return }
    throw LeptonError(.badInput, "the file is \(other.1), not UTF-8 text", at: name, fix: other.2)
  }
}

private let quote = UInt8(ascii: "\"")
private let newline = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
private let space = UInt8(ascii: " ")
private let tab = UInt8(ascii: "\t")
