import LeptonValues

/// Comma-separated values (RFC 4180): quoted fields with commas, newlines and doubled quotes; lines
/// that end in LF, CRLF or CR; a byte order mark; blank lines, which are skipped.
///
/// Beyond the RFC, spaces around an unquoted field are dropped.
package struct CSV {
  /// A value and where it starts: line and column, in characters, from 1.
  package struct Field: Hashable {
    package var text: String
    package var line: Int
    package var column: Int
  }

  /// What varies between families of files.
  package struct Dialect: Hashable {
    package var delimiter = UInt8(ascii: ",")
    /// What starts a line to skip.
    package var comment: UInt8?

    package init(comment: UInt8? = nil) { self.comment = comment }
  }

  /// The records of `bytes`, which must be UTF-8.
  ///
  /// - Throws: `LeptonError` of kind `badInput` with `name:line:column`.
  package static func parse(
    _ bytes: [UInt8], dialect: Dialect = Dialect(), name: String
  ) throws -> [[Field]] {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    var parser = Parser(dialect: dialect, name: name)
    for byte in bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes[...] {
      try parser.consume(byte)
    }
    return try parser.finish()
  }

  /// A state machine over bytes.
  private struct Parser {
    enum State {
      case recordStart
      case fieldStart
      case unquoted
      case quoted
      /// After a quote inside a quoted field: its end, or the first of a doubled one.
      case quoteInQuoted
      case comment
    }

    let dialect: Dialect
    let name: String
    var state = State.recordStart
    var records: [[Field]] = []
    var record: [Field] = []
    var text: [UInt8] = []
    var line = 1
    var column = 0
    var fieldLine = 1
    var fieldColumn = 1
    var previousWasReturn = false

    init(dialect: Dialect, name: String) {
      self.dialect = dialect
      self.name = name
    }

    mutating func consume(_ byte: UInt8) throws {
      // The line feed of a CRLF belongs to the return before it.
      let completesReturn = previousWasReturn && byte == newline
      previousWasReturn = byte == carriageReturn
      if completesReturn, state != .quoted { return }
      let continuesCharacter = byte & 0xC0 == 0x80
      if !completesReturn, !continuesCharacter { column += 1 }

      switch state {
      case .recordStart, .fieldStart:
        switch byte {
        case dialect.delimiter: try endField(at: column)
        case newline, carriageReturn:
          if state == .fieldStart { try endField(at: column) }
          endRecord()
        case space, tab: break
        case quote: begin(.quoted)
        case dialect.comment where state == .recordStart: state = .comment
        default:
          begin(.unquoted)
          text.append(byte)
        }
      case .unquoted:
        switch byte {
        case dialect.delimiter: try endField()
        case newline, carriageReturn:
          try endField()
          endRecord()
        case quote:
          throw refuse(
            "a quote inside an unquoted field", fix: "quote the whole field and double the quote")
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
        case dialect.delimiter: try endField(quoted: true)
        case newline, carriageReturn:
          try endField(quoted: true)
          endRecord()
        case space, tab: break
        default:
          throw refuse(
            "text after the closing quote of a field", fix: "double every quote inside a field")
        }
      case .comment:
        if byte == newline || byte == carriageReturn { endRecord() }
      }
    }

    mutating func finish() throws -> [[Field]] {
      column += 1
      switch state {
      case .recordStart, .comment: break
      case .fieldStart: try endField(at: column)
      case .unquoted: try endField()
      case .quoteInQuoted: try endField(quoted: true)
      case .quoted:
        throw LeptonError(
          .badInput, "the quote that opens here is never closed",
          at: "\(name):\(fieldLine):\(fieldColumn)", fix: "close it, or fetch the file again")
      }
      endRecord()
      return records
    }

    private mutating func begin(_ next: State) {
      state = next
      fieldLine = line
      fieldColumn = column
    }

    private mutating func endField(quoted: Bool = false, at empty: Int? = nil) throws {
      if let empty { (fieldLine, fieldColumn) = (line, empty) }
      if !quoted { while text.last == space || text.last == tab { text.removeLast() } }
      guard let value = String(validating: text, as: UTF8.self) else {
        throw LeptonError(
          .badInput, "the field is not UTF-8", at: "\(name):\(fieldLine):\(fieldColumn)",
          fix: "convert the file to UTF-8")
      }
      record.append(Field(text: value, line: fieldLine, column: fieldColumn))
      text.removeAll(keepingCapacity: true)
      state = .fieldStart
    }

    private mutating func endRecord() {
      if !record.isEmpty { records.append(record) }
      record.removeAll(keepingCapacity: true)
      state = .recordStart
      startLine()
    }

    private mutating func startLine() {
      line += 1
      column = 0
    }

    private func refuse(_ what: String, fix: String) -> LeptonError {
      LeptonError(.badInput, what, at: "\(name):\(line):\(column)", fix: fix)
    }
  }
}

private let quote = UInt8(ascii: "\"")
private let newline = UInt8(ascii: "\n")
private let carriageReturn = UInt8(ascii: "\r")
private let space = UInt8(ascii: " ")
private let tab = UInt8(ascii: "\t")
