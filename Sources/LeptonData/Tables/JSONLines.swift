import LeptonValues

/// A table as one JSON object a line (`.jsonl`): its keys are the columns, in any order; a key that a line leaves out, or
/// `null`, is a missing value.
struct JSONLines: RowSource {
  private let stream: ByteStream
  /// Complete by `discoverColumns`, or given.
  var columns: [String] = []
  private var places: [String: Int] = [:]
  private var rest: [UInt8] = []
  private var lineNumber = 0
  private var isDone = false
  private var early: [Line] = []

  private typealias Line = (number: Int, bytes: ArraySlice<UInt8>)

  /// A line with more bytes than this is no row.
  static let lineLimit = 1 << 24

  init(_ stream: ByteStream) { self.stream = stream }

  /// The keys of the lines in the file's first piece, in the order in which they come up.
  mutating func discoverColumns() throws -> [String] {
    while early.isEmpty, let lines = try nextLines() { early = lines }
    guard !early.isEmpty else {
      throw LeptonError(
        .badInput, "the file has no rows", at: stream.path, fix: "give at least one row")
    }
    var found: [String] = []
    var seen: Set<String> = []
    for line in early {
      // A line that is flawed is told of when its turn comes.
      guard case .object(let members)? = try? parse(line) else { continue }
      for member in members where seen.insert(member.key).inserted { found.append(member.key) }
    }
    if found.isEmpty, let first = early.first {
      if case .flawed(let error) = row(first) { throw error }
    }
    return found
  }

  mutating func next() throws -> [CSV.Row]? {
    if places.isEmpty {
      places = Dictionary(
        zip(columns, columns.indices), uniquingKeysWith: { first, _ in first })
    }
    if !early.isEmpty {
      defer { early = [] }
      return early.map(row)
    }
    return try nextLines()?.map(row)
  }

  /// The lines that another piece of the file completes; blank ones are left out.
  private mutating func nextLines() throws -> [Line]? {
    if isDone { return nil }
    let piece = try stream.next()
    isDone = piece.isEmpty
    let bytes =
      rest
      + (lineNumber == 0 && piece.starts(with: [0xEF, 0xBB, 0xBF])
        ? piece.dropFirst(3) : piece[...])
    var lines: [Line] = []
    var start = 0
    while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n"))
      ?? (isDone && start < bytes.count ? bytes.count : nil)
    {
      lineNumber += 1
      let line = bytes[start..<end]
      if line.contains(where: { $0 > 0x20 }) { lines.append((lineNumber, line)) }
      start = min(end + 1, bytes.count)
    }
    rest = Array(bytes[start...])
    guard rest.count <= Self.lineLimit else {
      throw LeptonError(
        .badInput, "the line has more than \(Self.lineLimit) bytes",
        at: "\(stream.path):\(lineNumber + 1)", fix: "write one object a line")
    }
    return lines
  }

  private func parse(_ line: Line) throws -> JSONValue {
    try JSONValue.parse(line.bytes, name: stream.path, line: line.number)
  }

  private func row(_ line: Line) -> CSV.Row {
    do {
      return .fields(try fields(try parse(line), line: line.number))
    } catch let error as LeptonError {
      return .flawed(error)
    } catch {
      return .flawed(LeptonError(.defect, "\(error)", at: "\(stream.path):\(line.number)"))
    }
  }

  private func fields(_ value: JSONValue, line: Int) throws -> [CSV.Field] {
    func refuse(_ what: String, fix: String) -> LeptonError {
      LeptonError(.badInput, what, at: "\(stream.path):\(line)", fix: fix)
    }
    guard case .object(let members) = value else {
      throw refuse("the line is \(value.kindName)", fix: "write one object a line: {\"age\": 39}")
    }
    var fields = columns.indices.map { CSV.Field(text: "", line: line, column: $0 + 1) }
    for member in members {
      guard let place = places[member.key] else {
        let near = nearestSpelling(of: member.key, in: columns).map { "did you mean \"\($0)\"?" }
        throw refuse(
          "the key \"\(member.key)\" is no column",
          fix: near ?? "the columns are those of the first lines: name it there too")
      }
      guard let text = member.value.fieldText else {
        throw refuse(
          "\"\(member.key)\" is \(member.value.kindName)", fix: "give text, a number or null")
      }
      fields[place].text = text
    }
    return fields
  }
}

extension JSONValue {
  /// The text of a table's field; nil for arrays and objects.
  package var fieldText: String? {
    switch self {
    case .null: ""
    case .bool(let truth): truth ? "true" : "false"
    case .number(let text), .string(let text): text
    case .array, .object: nil
    }
  }
}
