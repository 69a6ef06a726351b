import LeptonValues
import Testing

import LeptonData

@Suite("CSV")
struct CSVTests {
  struct Good: CustomTestStringConvertible {
    var text: String
    var records: [[String]]
    var testDescription: String { text.debugDescription }

    init(_ text: String, _ records: [[String]]) {
      self.text = text
      self.records = records
    }
  }

  static let good = [
    Good("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
    Good("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
    Good("a,b\r1,2", [["a", "b"], ["1", "2"]]),
    Good("\u{FEFF}a,b\n1,2", [["a", "b"], ["1", "2"]]),
    Good("\"a,b\",c\n", [["a,b", "c"]]),
    Good("\"two\nlines\",c\n", [["two\nlines", "c"]]),
    Good("\"two\r\nlines\",c\n", [["two\r\nlines", "c"]]),
    Good("\"say \"\"hi\"\"\",\"\"\n", [["say \"hi\"", ""]]),
    Good("a,,b\n,\n", [["a", "", "b"], ["", ""]]),
    Good("a,b,\n", [["a", "b", ""]]),
    Good("a,b,", [["a", "b", ""]]),
    Good("\n\na\n\nb\n\n", [["a"], ["b"]]),
    Good(" 39, State-gov , \"x\" \n", [["39", "State-gov", "x"]]),
    Good("é,日本\n", [["é", "日本"]]),
    Good("", []),
  ]

  @Test("reads what RFC 4180 allows", arguments: good)
  func reads(_ example: Good) throws {
    let records = try CSV.parse(Array(example.text.utf8), name: "t")
    #expect(records.map { $0.map(\.text) } == example.records)
  }

  @Test(
    "refuses the rest with line and column",
    arguments: [
      ("a,b\n1,x\"y\n", "t:2:4"), ("a\n\"x\"y\n", "t:2:4"), ("a,b\n1,\"open\n\n", "t:2:3"),
    ])
  func refuses(text: String, place: String) {
    let error = #expect(throws: LeptonError.self) {
      try CSV.parse(Array(text.utf8), name: "t")
    }
    #expect(error?.place == place)
  }

  @Test("bytes that are not UTF-8 are refused where they stand")
  func encoding() {
    let error = #expect(throws: LeptonError.self) {
      try CSV.parse(Array("a,b\n1,".utf8) + [0xE9, 0x0A], name: "t")
    }
    #expect(error?.place == "t:2:3")
  }

  @Test("a flawed row is skipped to the end of its line, and the rows around it are read")
  func flaws() throws {
    var parser = CSVParser(dialect: CSV.Dialect(), name: "t")
    try parser.consume(Array("a,b\n1,x\"y,3\n2,\u{0}\n3,\"c\"d\n4,e\n".utf8))
    try parser.finish()
    var lines: [String] = []
    for row in parser.takeRows() {
      switch row {
      case .fields(let fields): lines.append(fields.map(\.text).joined(separator: "|"))
      case .flawed(let error): lines.append(error.place)
      }
    }
    #expect(lines == ["a|b", "t:2:4", "t:3:3", "t:4:6", "4|e"])
  }

  @Test("the pieces in which a file arrives do not matter", arguments: [1, 2, 3, 7])
  func pieces(size: Int) throws {
    let text = "\u{FEFF}a,\"b \"\"c\"\"\"\r\n\"two\r\nlines\",é\r\n\n1,2"
    let bytes = Array(text.utf8)
    var parser = CSVParser(dialect: CSV.Dialect(), name: "t")
    // The mark at the start arrives with the first piece.
    try parser.consume(Array(bytes[..<3]))
    for start in stride(from: 3, to: bytes.count, by: size) {
      try parser.consume(Array(bytes[start..<min(start + size, bytes.count)]))
    }
    try parser.finish()
    let whole = try CSV.parse(bytes, name: "t")
    let rows = parser.takeRows().compactMap { row in
      if case .fields(let fields) = row { fields } else { nil }
    }
    #expect(rows == whole)
  }

  @Test(
    "files of other kinds are told by their first bytes",
    arguments: [[0xFF, 0xFE, 0x61, 0], [0xFE, 0xFF, 0, 0x61], [0x50, 0x4B, 3, 4]] as [[UInt8]])
  func kinds(bytes: [UInt8]) {
    let error = #expect(throws: LeptonError.self) { try CSV.parse(bytes, name: "t") }
    #expect(error?.fix.isEmpty == false)
  }

  @Test("a field without end is refused where it starts, long before the file ends")
  func endless() {
    var parser = CSVParser(dialect: CSV.Dialect(), name: "t")
    let piece = [UInt8](repeating: 0x61, count: 1 << 18)
    let error = #expect(throws: LeptonError.self) {
      try parser.consume(Array("x\n\"".utf8))
      for _ in 0..<100 { try parser.consume(piece) }
    }
    #expect(error?.place == "t:2:1")
  }

  @Test("columns count characters, not bytes")
  func characters() throws {
    let records = try CSV.parse(Array("日本é,b".utf8), name: "t")
    #expect(records[0].map(\.column) == [1, 5])
  }

  @Test("fields know the line and column of their start, past quoted newlines")
  func places() throws {
    let records = try CSV.parse(Array("\"x\r\ny\",b\nc,\"d\"".utf8), name: "t")
    #expect(
      records.flatMap { $0 }.map { [$0.line, $0.column] } == [[1, 1], [2, 4], [3, 1], [3, 3]])
  }
}
