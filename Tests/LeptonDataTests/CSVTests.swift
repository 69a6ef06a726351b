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

@Suite("Tables")
struct TableTests {
  private func open(
    _ text: String, name: String = "t.csv", options: DataOptions = DataOptions()
  ) throws -> DataBundle {
    let folder = try TemporaryFolder()
    return try DataSource.open(try folder.write(text, as: name), options: options)
  }

  @Test("numbers become columns, categories one column each, the last column the class")
  func encoding() throws {
    let data = try open("age,job,income\n30,clerk,low\n40,cook,high\n50,clerk,high\n")
    #expect(data.train.featureNames == ["age", "job=clerk", "job=cook"])
    #expect(data.train.features.floats == [30, 1, 0, 40, 0, 1, 50, 1, 0])
    #expect(data.train.classes == ["high", "low"])
    #expect(data.train.labels.array(of: Int32.self) == [1, 0, 0])
  }

  @Test("the label may be any column, integer classes sort as numbers, columns may be left out")
  func options() throws {
    let options = DataOptions(label: "y", categorical: ["zip"], ignored: ["id"])
    let data = try open("id,y,zip,x\n1,10,7,0.5\n2,9,8,1e1\n3,10,7,-2\n", options: options)
    #expect(data.train.classes == ["9", "10"])
    #expect(data.train.featureNames == ["zip=7", "zip=8", "x"])
    #expect(data.train.features.floats == [1, 0, 0.5, 0, 1, 10, 1, 0, -2])
  }

  @Test("a table without a header is told by the number in its first line")
  func headless() throws {
    let data = try open("1,a\n2,b\n")
    #expect(data.train.count == 2)
    #expect(data.train.featureNames == ["column1"])
  }

  @Test("missing numbers become the training median, and that is said")
  func missing() throws {
    let data = try open("x,y\n1,a\n,b\n5,a\n9,b\nNA,a\n")
    #expect(data.train.features.floats == [1, 5, 5, 9, 5])
    #expect(data.notes == ["column \"x\": 2 missing values became the median 5.0"])
  }

  @Test("the schema of the training part encodes the test part and a single row")
  func schema() throws {
    let folder = try TemporaryFolder()
    try folder.write("x,kind,y\n1,a,no\n2,b,yes\n", as: "train.csv")
    try folder.write("kind,y,x\nb,yes,7\nnew,no,8\n", as: "test.csv")
    let data = try DataSource.open(folder.path)
    #expect(data.test?.features.floats == [7, 0, 1, 8, 0, 0])
    #expect(data.test?.labels.array(of: Int32.self) == [1, 0])
    let schema = try #require(data.schema)
    #expect(try schema.features(of: ["x": "3", "kind": "a"]).floats == [3, 1, 0])
    #expect(throws: LeptonError.self) { try schema.features(of: ["kind": "a"]) }
    #expect(throws: LeptonError.self) { try schema.features(of: ["x": "many", "kind": "a"]) }
  }

  @Test(
    "what cannot be used is refused with its place and a way out",
    arguments: [
      ("x,y\n1,a\ntwo,b\n", ":3:1", "\"two\" is not a number"),
      ("x,y\n1,a\ninf,b\n", ":3:1", "\"inf\" is not a number"),
      ("x,y\n1,a\n2\n", ":3:1", "1 fields"),
      ("x,y\n1,a\n2,b,c\n", ":3:5", "3 fields"),
      ("x,x\n1,a\n", ":1", "two columns"),
      ("x,y\n", "", "no rows"),
      ("", "", "no rows"),
      ("x,y\n1,a\n2,a\n", "", "1 different values"),
      ("x,y\n1,a\n2,\n", ":3:3", "missing"),
      ("y\na\nb\n", "", "no column is left"),
    ])
  func refusals(text: String, place: String, what: String) {
    let error = #expect(throws: LeptonError.self) { try open(text) }
    #expect(error?.place.hasSuffix("t.csv" + place) == true, "\(String(describing: error))")
    #expect(error?.what.contains(what) == true, "\(String(describing: error))")
    #expect(error?.fix.isEmpty == false)
  }

  @Test("a misspelt column is answered with the nearest name")
  func nearest() {
    let error = #expect(throws: LeptonError.self) {
      try open("age,income\n1,a\n2,b\n", options: DataOptions(label: "incom"))
    }
    #expect(error?.fix == "did you mean \"income\"?")
  }

  @Test("a folder in C4.5 form has named columns, comments and labels with periods")
  func c45() throws {
    let folder = try TemporaryFolder()
    try folder.write("|a comment\nlow, high.\nage: continuous.\njob: clerk, cook.\n", as: "p.names")
    try folder.write("30, clerk, low\n40, ?, high\n", as: "p.data")
    try folder.write("|cross validator\n50, clerk, high.\n", as: "p.test")
    let data = try DataSource.open(folder.path)
    #expect(data.train.featureNames == ["age", "job=?", "job=clerk"])
    #expect(data.train.classes == ["high", "low"])
    #expect(data.test?.features.floats == [50, 0, 1])
    #expect(data.test?.labels.array(of: Int32.self) == [0])
  }
}
