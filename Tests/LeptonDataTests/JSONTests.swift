import LeptonValues
import Testing

import LeptonData

@Suite("JSON")
struct JSONTests {
  private func parse(_ text: String, depthLimit: Int = 64) throws -> JSONValue {
    try JSONValue.parse(Array(text.utf8), name: "j", depthLimit: depthLimit)
  }

  @Test("reads what RFC 8259 allows")
  func reads() throws {
    let value = try parse(
      #" {"a": [1, -0.5e+3, true, false, null], "b\n": "\u00e9\ud83d\ude00\/", "c": {}} "#)
    #expect(
      value["a"] == .array([.number("1"), .number("-0.5e+3"), .bool(true), .bool(false), .null]))
    #expect(value["b\n"]?.string == "é😀/")
    #expect(value["c"] == .object([]))
    #expect(try parse("-0.5e+3").number == -500)
    #expect(try parse("\"日本\"").string == "日本")
  }

  @Test(
    "refuses everything else where it stands",
    arguments: [
      ("", "j:1:1"), ("[1,]", "j:1:4"), ("{\"a\":1,}", "j:1:8"), ("[1 2]", "j:1:4"),
      ("{\"a\" 1}", "j:1:6"), ("{a:1}", "j:1:2"), ("nul", "j:1:1"), ("01", "j:1:1"),
      ("+1", "j:1:1"), (".5", "j:1:1"), ("1.", "j:1:3"), ("1e", "j:1:3"), ("1e999", "j:1:1"),
      ("NaN", "j:1:1"), ("0x10", "j:1:2"), ("\"open", "j:1:1"), ("\"a\nb\"", "j:1:3"),
      ("\"\\x\"", "j:1:2"), ("\"\\ud800\"", "j:1:2"), ("\"\\udc00\"", "j:1:2"),
      ("\"\\ud800\\u0041\"", "j:1:2"), ("\"\\u12\"", "j:1:4"), ("{\"a\":1,\n \"a\":2}", "j:2:2"),
      ("1 1", "j:1:3"), ("// no\n1", "j:1:1"),
    ])
  func refuses(text: String, place: String) {
    let error = #expect(throws: LeptonError.self) { try parse(text) }
    #expect(error?.kind == .badInput)
    #expect(error?.place == place, "\(String(describing: error))")
  }

  @Test("nesting stops at the limit, however deep the text is")
  func depth() throws {
    #expect(try parse("[[1]]", depthLimit: 2) == .array([.array([.number("1")])]))
    #expect(throws: LeptonError.self) { try parse("[[[1]]]", depthLimit: 2) }
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: LeptonError.self) { try parse(deep) }
    let keys = String(repeating: "{\"a\":", count: 100_000)
    #expect(throws: LeptonError.self) { try parse(keys) }
  }

  @Test("bytes that are not UTF-8 are refused")
  func encoding() {
    #expect(throws: LeptonError.self) {
      try JSONValue.parse([0x22, 0xE9, 0x22], name: "j")
    }
  }

  @Test("a text cut short anywhere is refused and never trapped on")
  func cuts() throws {
    let text = Array(#"{"a":[1.5e3,"x\u00e9\n",{"b":null}],"c":true}"#.utf8)
    for count in 0..<text.count {
      #expect(throws: LeptonError.self) { try JSONValue.parse(text[..<count], name: "j") }
    }
  }
}
