import LeptonData
import Testing

@Suite("Strict JSON")
struct JSONScannerTests {
  private func check(_ text: String) throws { try check(Array(text.utf8)) }

  private func check(_ bytes: [UInt8]) throws {
    var json = JSONScanner(bytes)
    try json.skip()
    try json.finish()
  }

  @Test(
    "takes what is JSON",
    arguments: [
      "{}", "[]", " [ 1 , 2 ] \n", "null", "true", "-0", "0.5e+7", "1E-3", #""\u00e9\n""#,
      #"{"a":{"a":1},"b":[{},{}]}"#, "\"\u{1F600}\"", #""\ud83d\ude00""#, "1e308",
    ])
  func valid(_ text: String) throws { try check(text) }

  @Test(
    "refuses what is not",
    arguments: [
      "", " ", "{", "[1,]", "[1 2]", "{\"a\" 1}", "{a:1}", "{\"a\":1,}", "01", "-01", "+1", ".5",
      "1.",
      "1e", "1e+", "NaN", "Infinity", "-Infinity", "nul", "tru", "'a'", "\"a", "\"\u{1}\"",
      "\"\\x\"",
      #""\u12""#, #""\ud800""#, #""\ud800\u0041""#, "1 2", "[1]x", "/* */ 1", "1e400", "0x10",
      "\u{FEFF}1",
      "[1\u{0}]",
    ])
  func invalid(_ text: String) {
    #expect(throws: JSONScanner.Fault.self) { try check(text) }
  }

  @Test("refuses a name that occurs twice, also when written otherwise and among many")
  func duplicates() {
    #expect(throws: JSONScanner.Fault.self) { try check(#"{"a":1,"a":2}"#) }
    #expect(throws: JSONScanner.Fault.self) { try check(#"{"a":1,"\u0061":2}"#) }
    let many = (0..<100).map { "\"n\($0)\":0" }.joined(separator: ",")
    #expect(throws: Never.self) { try check("{\(many)}") }
    #expect(throws: JSONScanner.Fault.self) { try check("{\(many),\"n3\":0}") }
  }

  @Test("nests 64 deep and no deeper")
  func depth() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    try check(nested(64))
    #expect(throws: JSONScanner.Fault.self) { try check(nested(65)) }
    #expect(throws: JSONScanner.Fault.self) { try check(String(repeating: "[", count: 250_000)) }
    #expect(throws: JSONScanner.Fault.self) {
      try check(String(repeating: "{\"a\":", count: 250_000))
    }
  }

  @Test("text is UTF-8 only")
  func encoding() {
    #expect(throws: JSONScanner.Fault.self) { try check([0x22, 0xFF, 0x22]) }
    #expect(throws: JSONScanner.Fault.self) { try check([0x22, 0xC0, 0xAF, 0x22]) }
    #expect(throws: JSONScanner.Fault.self) { try check([0x22, 0xED, 0xA0, 0x80, 0x22]) }
    #expect(throws: JSONScanner.Fault.self) {
      try check(Array("\"a\"".utf16).flatMap { [UInt8($0), 0] })
    }
  }

  @Test(
    "integers are integers",
    arguments: [
      ("0", 0), ("-1", -1), ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min),
    ])
  func integers(_ text: String, _ value: Int) throws {
    var json = JSONScanner(Array(text.utf8))
    #expect(try json.integer() == value)
    try json.finish()
  }

  @Test(
    "a fraction of zeros is whole, where that is asked for",
    arguments: [("1.0", 1), ("-20.000", -20)])
  func wholeNumbers(_ text: String, _ value: Int) throws {
    var json = JSONScanner(Array(text.utf8))
    #expect(try json.wholeNumber() == value)
    try json.finish()
    var strict = JSONScanner(Array(text.utf8))
    #expect(throws: JSONScanner.Fault.self) { _ = try strict.integer() }
  }

  @Test(
    "a fraction, an exponent or too many digits are no integer",
    arguments: [
      "1.5", "1.05", "1.", "1.0e2", "1e2", "9223372036854775808", "-9223372036854775809", "true",
      "\"1\"", "00",
    ])
  func noIntegers(_ text: String) {
    var json = JSONScanner(Array(text.utf8))
    #expect(throws: JSONScanner.Fault.self) { _ = try json.wholeNumber() }
  }

  @Test("numbers are rounded as the language rounds them")
  func rounding() throws {
    var texts = [
      "0.1", "1e-45", "1.17549435e-38", "3.4028234e38", "16777217", "16777217.0000001",
      "8388608.5000000001", "1.00000017881393432617187499", "1.00000017881393432617187500",
      "123456789012345678901234567890e-20", "5e-324", "2.2250738585072011e-308", "-0.0", "4.9e-320",
      "7e-46", "0.000000000000000000000000000000000000000000000000000001",
    ]
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      texts.append(Float.random(in: -10...10, using: &generator).description)
      texts.append(
        Float(bitPattern: UInt32.random(in: 0..<0x7F80_0000, using: &generator)).description)
      texts.append(Double.random(in: -1000...1000, using: &generator).description)
    }
    for text in texts {
      var json = JSONScanner(Array(text.utf8))
      #expect(try json.float() == Float(text), "\(text)")
      json = JSONScanner(Array(text.utf8))
      #expect(try json.number() == Double(text), "\(text)")
    }
    var json = JSONScanner(Array("1e39".utf8))
    #expect(throws: JSONScanner.Fault.self) { _ = try json.float() }
  }

  @Test("no text brings it down, whatever is changed in it")
  func mutations() {
    let text = Array(
      #"{"id":"a\u00e9","inputs":[{"name":"x","shape":[1,2],"data":[-1.5e3,true,null]}]}"#.utf8)
    var state: UInt64 = 1
    for _ in 0..<20_000 {
      var bytes = text
      for _ in 0..<3 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let place = Int(state >> 33) % bytes.count
        switch state >> 24 & 3 {
        case 0: bytes.remove(at: place)
        case 1: bytes.insert(UInt8(truncatingIfNeeded: state >> 40), at: place)
        default: bytes[place] = UInt8(truncatingIfNeeded: state >> 40)
        }
      }
      do { try check(bytes) } catch { #expect(error is JSONScanner.Fault) }
    }
  }
}
