import LeptonValues
import Testing

import LeptonData

@Suite("Tables")
struct TableTests {
  private func open(
    _ text: String, name: String = "t.csv", options: DataOptions = DataOptions()
  ) throws -> DataBundle {
    let folder = try TemporaryFolder()
    return try DataSource.open(try folder.write(text, as: name), options: options)
  }

  /// Rows of floats with NaN, as text that can be compared.
  private func rows(_ data: Dataset?) -> [String] {
    guard let data else { return [] }
    let values = data.features.floats
    let width = data.exampleShape[0]
    return (0..<data.count).map { row in
      values[(row * width)..<((row + 1) * width)].map { $0.isNaN ? "-" : "\($0)" }
        .joined(separator: " ")
    }
  }

  @Test("numbers stay as they are, a category becomes its place, the last column the class")
  func encoding() throws {
    let data = try open("age,job,income\n30,clerk,low\n40,cook,high\n50,clerk,high\n")
    #expect(data.train.featureNames == ["age", "job"])
    #expect(rows(data.train) == ["30.0 0.0", "40.0 1.0", "50.0 0.0"])
    #expect(data.schema?.columns[1].values == ["clerk", "cook"])
    #expect(data.train.classes == ["high", "low"])
    #expect(data.train.labels.array(of: Int32.self) == [1, 0, 0])
  }

  @Test("rows without columns are refused", arguments: ["{}", "{}\n{}\n"])
  func noColumns(text: String) throws {
    let error = #expect(throws: LeptonError.self) { try open(text, name: "t.jsonl") }
    #expect(error?.kind == .badInput)
  }

  @Test("the label may be any column, integer classes sort as numbers, columns may be left out")
  func options() throws {
    let options = DataOptions(label: "y", categorical: ["zip"], ignored: ["id"])
    let data = try open("id,y,zip,x\n1,10,7,0.5\n2,9,8,1e1\n3,10,7,-2\n", options: options)
    #expect(data.train.classes == ["9", "10"])
    #expect(data.train.featureNames == ["zip", "x"])
    #expect(rows(data.train) == ["0.0 0.5", "1.0 10.0", "0.0 -2.0"])
    #expect(data.schema?.passedOver == ["id"])
  }

  @Test("a table without a header is told by the number in its first line")
  func headless() throws {
    let data = try open("1,a\n2,b\n")
    #expect(data.train.count == 2)
    #expect(data.train.featureNames == ["column1"])
  }

  @Test("missing values are NaN, the schema says so, and so does a note")
  func missing() throws {
    let data = try open("x,kind,y\n1,a,no\n,b,yes\n5,?,no\n9,a,yes\nNA,b,no\n")
    #expect(rows(data.train) == ["1.0 0.0", "- 1.0", "5.0 -", "9.0 0.0", "- 1.0"])
    #expect(data.schema?.columns.map(\.hasMissing) == [true, true])
    #expect(data.notes.contains { $0.hasPrefix("column \"x\": 2 of 5 values are missing") })
  }

  @Test("the schema of the training part holds for the test part and for a single row")
  func schema() throws {
    let folder = try TemporaryFolder()
    try folder.write("x,kind,y\n1,a,no\n2,b,yes\n", as: "train.csv")
    try folder.write("kind,y,x,extra\nb,yes,7,1\nnew,no,8,2\n", as: "test.csv")
    let data = try DataSource.open(folder.path)
    #expect(rows(data.test) == ["7.0 1.0", "8.0 -1.0"])
    #expect(data.test?.labels.array(of: Int32.self) == [1, 0])
    #expect(data.notes.contains { $0.contains("1 unknown value, the first \"new\" in line 3") })
    let schema = try #require(data.schema)
    #expect(try schema.features(of: ["x": "3", "kind": "a"]).floats == [3, 0])
    #expect(throws: LeptonError.self) { try schema.features(of: ["kind": "a"]) }
    #expect(throws: LeptonError.self) { try schema.features(of: ["x": "many", "kind": "a"]) }
  }

  @Test("a schema that is given is not learnt again")
  func given() throws {
    let first = try open("x,kind,y\n1,a,no\n2,b,yes\n")
    let data = try open("kind,x,y\nb,5,yes\n", options: DataOptions(schema: first.schema))
    #expect(rows(data.train) == ["5.0 1.0"])
    #expect(data.train.classes == ["no", "yes"])
  }

  @Test("a schema comes back from its JSON")
  func json() throws {
    let schema = try #require(try open("x,kind,y\n1,a,no\n,b,yes\n").schema)
    #expect(try TableSchema(json: schema.json, at: "m") == schema)
    #expect(throws: LeptonError.self) { try TableSchema(json: "{\"columns\":3}", at: "m") }
  }

  @Test(
    "what cannot be used is refused with its place and a way out",
    arguments: [
      ("x,y\n1,a\n2,b\ntwo,b\n", ":4:1", "\"two\" is not a number"),
      ("x,y\n1,a\n2,b\ninf,b\n", ":4:1", "\"inf\" is not a number"),
      ("x,y\n1,a\n2,b\n0x10,b\n", ":4:1", "\"0x10\" is not a number"),
      ("x,y\n1,a\n2,b\n1e999,b\n", ":4:1", "too large"),
      ("x,y\n1,a\n2,b\n\"1,5\",b\n", ":4:1", "\"1,5\" is not a number"),
      ("x,y\n1,a\n2\n", ":3:1", "1 fields"),
      ("x,y\n1,a\n2,b,c\n", ":3:5", "3 fields"),
      ("x,x\n1,a\n", ":1", "two columns"),
      ("x,y\n", "", "no rows"),
      ("", "", "no rows"),
      ("x,y\n1,a\n2,a\n", "", "1 different values"),
      ("x,y\n1,a\n2,b\n3,\n", ":4:3", "missing"),
      ("y\na\nb\n", "", "no column is left"),
      ("x,y\n1,0.5\n2,0.25\n", "", "measured numbers"),
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

  @Test("one bad row in a hundred is skipped and listed, more are refused, or as many as allowed")
  func badRows() throws {
    func table(_ bad: Int) -> String {
      "x,y\n"
        + (0..<200).map { $0 < bad ? "oops,a\n" : "\($0),\($0 % 2 == 0 ? "a" : "b")\n" }.joined()
    }
    let data = try open(table(2))
    #expect(data.train.count == 198)
    #expect(data.skipped.count == 2)
    #expect(data.skipped[0].file.hasSuffix("t.csv:2:1"))
    let error = #expect(throws: LeptonError.self) { try open(table(3)) }
    #expect(error?.place.hasSuffix("t.csv:2:1") == true)
    #expect(error?.what.contains("the first of 3 bad rows of 200") == true)
    #expect(try open(table(50), options: DataOptions(maxBad: 50)).train.count == 150)
    #expect(throws: LeptonError.self) { try open(table(51), options: DataOptions(maxBad: 50)) }
    #expect(throws: LeptonError.self) { try open(table(1), options: DataOptions(maxBad: 0)) }
  }

  @Test("a value that occurs once among many rows counts as unknown, and so do later ones")
  func rare() throws {
    let rows = (0..<120).map { "\($0 == 7 ? "odd" : $0 % 3 == 0 ? "red" : "blue"),\($0 % 2)\n" }
    let schema = try #require(try open("colour,y\n" + rows.joined()).schema)
    #expect(schema.columns[0].values == ["blue", "red"])
    #expect(schema.columns[0].hasRare)
    #expect(try schema.features(of: ["colour": "odd"]).floats == [-1])
  }

  @Test("columns of one value and of names are left out, with a note")
  func passedOver() throws {
    let rows = (0..<30).map { "n\($0),same,\($0 % 4),\($0 % 2 == 0 ? "a" : "b")\n" }
    let data = try open("name,constant,x,y\n" + rows.joined())
    #expect(data.train.featureNames == ["x"])
    #expect(data.schema?.passedOver == ["name", "constant"])
    #expect(data.notes.count == 2)
  }

  @Test("free text becomes counts of the words that several texts have")
  func text() throws {
    let rows = (0..<120).map { "\"Great film number \($0), great!\",\($0 % 2)\n" }
    let data = try open("review,y\n" + rows.joined())
    let schema = try #require(data.schema)
    #expect(schema.columns[0].kind == .text)
    #expect(schema.columns[0].values == ["film", "great", "number"])
    #expect(data.train.exampleShape == [3])
    #expect(
      try schema.features(of: ["review": "GREAT great film; what?"]).floats == [1, 2, 0])
    #expect(try schema.features(of: ["review": ""]).floats == [0, 0, 0])
  }

  @Test("words: letters, digits and marks in lower case, ideographs alone, runs cut at a length")
  func words() {
    #expect(Words.of("Don't stop-ME, it's 3rd!") == ["don't", "stop", "me", "it's", "3rd"])
    #expect(Words.of("''quoted'' n't Ünïcødé") == ["quoted", "n't", "ünïcødé"])
    #expect(Words.of("酒店很好 ok") == ["酒", "店", "很", "好", "ok"])
    #expect(Words.of(String(repeating: "a", count: 1_000_000))[0].count == 64)
    #expect(Words.of(String(repeating: "'", count: 1_000_000)).isEmpty)
  }

  @Test("JSON lines are a table: keys in any order, left-out keys and null are missing")
  func jsonLines() throws {
    let text = """
      {"x": 1, "kind": "a", "y": "no"}
      {"y": "yes", "kind": null, "x": 2.5}

      {"y": "no", "kind": "b"}
      """
    let data = try open(text, name: "t.jsonl", options: DataOptions(label: "y"))
    #expect(rows(data.train) == ["1.0 0.0", "2.5 -", "- 1.0"])
    #expect(data.train.labels.array(of: Int32.self) == [0, 1, 0])
  }

  @Test(
    "what is no line of a table is refused with its line",
    arguments: [
      ("[1, 2]", ":3", "an array"), ("{\"x\": [1], \"y\": \"a\"}", ":3", "an array"),
      ("{\"x\": 1, \"y\": ", ":3:", "a value"), ("{\"x\": 1, \"x\": 2}", ":3:", "occurs twice"),
      ("{\"x\": \"\\ud800\"}", ":3:", "surrogate"),
    ])
  func badLines(line: String, place: String, what: String) {
    let text = "{\"x\": 1, \"y\": \"a\"}\n{\"x\": 2, \"y\": \"b\"}\n\(line)\n"
    let error = #expect(throws: LeptonError.self) { try open(text, name: "t.jsonl") }
    #expect(error?.place.contains("t.jsonl\(place)") == true, "\(String(describing: error))")
    #expect(error?.what.contains(what) == true, "\(String(describing: error))")
  }

  @Test("a compressed table is the table; one cut short is refused")
  func gzip() throws {
    let folder = try TemporaryFolder()
    let rows = (0..<50_000).map { "\($0),\($0 % 2 == 0 ? "a" : "b")\n" }.joined()
    let packed = Array(("x,y\n" + rows).utf8).gzipped()
    let whole = try DataSource.open(try folder.write(packed, as: "t.csv.gz"))
    #expect(whole.train.count == 50_000)
    #expect(whole.train.features.floats.last == 49_999)
    let short = try folder.write(Array(packed.dropLast(1000)), as: "short.csv.gz")
    #expect(throws: LeptonError.self) { try DataSource.open(short) }
  }

  @Test("semicolons divide fields where the first line has no comma")
  func semicolons() throws {
    let data = try open("x;kind;y\n1.5;a,b;no\n2;\"c;d\";yes\n")
    #expect(rows(data.train) == ["1.5 0.0", "2.0 1.0"])
    #expect(data.schema?.columns[1].values == ["a,b", "c;d"])
  }

  @Test("a folder in C4.5 form has named columns, comments and labels with periods")
  func c45() throws {
    let folder = try TemporaryFolder()
    try folder.write("|a comment\nlow, high.\nage: continuous.\njob: clerk, cook.\n", as: "p.names")
    try folder.write("30, clerk, low\n40, ?, high\n", as: "p.data")
    try folder.write("|cross validator\n50, clerk, high.\n", as: "p.test")
    let data = try DataSource.open(folder.path)
    #expect(data.train.featureNames == ["age", "job"])
    #expect(data.train.classes == ["high", "low"])
    #expect(rows(data.train) == ["30.0 0.0", "40.0 -"])
    #expect(rows(data.test) == ["50.0 0.0"])
  }
}

@Suite("Statistics of a table")
struct TableStatisticsTests {
  @Test("means and deviations are of what is there; the filling is the median or the mean")
  func numbers() {
    let rows = TensorData([1, .nan, 2, .nan, 6, .nan] as [Float], shape: [3, 2])
    var schema = TableSchema(numeric: ["x", "empty"], classes: [])
    let deviation = Float((14.0 / 3.0).squareRoot())
    #expect(
      TableStatistics(of: rows, schema: schema).columns == [
        .numeric(fill: 2, mean: 3, deviation: deviation), .numeric(fill: 0, mean: 0, deviation: 1),
      ])
    schema.filling = .mean
    #expect(
      TableStatistics(of: rows, schema: schema).columns[0]
        == .numeric(fill: 3, mean: 3, deviation: deviation))
  }
}
