import LeptonValues

/// A JSON text (RFC 8259) as a value. Strict: no comments, no trailing commas, no duplicate keys, no
/// lone surrogates, no numbers beyond the range of `Double`, and no deeper nesting than a limit.
///
/// ```swift
/// let row = try JSONValue.parse(bytes, name: "request")
/// row["age"]?.number  // 39
/// ```
package indirect enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  /// As it is written: `1e3`, `-0.5`.
  case number(String)
  case string(String)
  case array([JSONValue])
  /// In the order of the text.
  case object([Member])

  package struct Member: Hashable, Sendable {
    package var key: String
    package var value: JSONValue
  }

  /// The value of a key; nil where there is none, or where this is no object.
  package subscript(_ key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// Nil where this is no number.
  package var number: Double? {
    guard case .number(let text) = self else { return nil }
    return Double(text)
  }

  /// Nil where this is no string.
  package var string: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  /// What it is, with an article, for errors: `a number`.
  package var kindName: String {
    switch self {
    case .null: "null"
    case .bool: "a truth value"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

extension JSONValue {
  /// The value that `bytes` are; whitespace may stand around it, and nothing else.
  ///
  /// - Parameters:
  ///   - name: what errors call the text.
  ///   - line: the number of the text's first line.
  /// - Throws: `LeptonError` of kind `badInput` at `name:line:column`; columns count bytes.
  package static func parse(
    _ bytes: some Collection<UInt8>, name: String, line: Int = 1,
    depthLimit: Int = JSONScanner.mostDepth
  ) throws -> JSONValue {
    var scanner = JSONScanner(Array(bytes), mostDepth: depthLimit)
    do {
      let value = try JSONValue(&scanner)
      try scanner.finish()
      return value
    } catch let fault as JSONScanner.Fault {
      let before = scanner.bytes[..<fault.byte]
      let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
      let lines = line + before.count { $0 == 0x0A }
      throw LeptonError(
        .badInput, fault.what, at: "\(name):\(lines):\(fault.byte - lineStart + 1)",
        fix: "correct it: JSON is strict")
    }
  }

  /// The scanner's next value.
  private init(_ json: inout JSONScanner) throws {
    if json.isNext("{") {
      var members: [Member] = []
      try json.object { json, key in members.append(Member(key: key, value: try JSONValue(&json))) }
      self = .object(members)
    } else if json.isNext("[") {
      var elements: [JSONValue] = []
      try json.array { elements.append(try JSONValue(&$0)) }
      self = .array(elements)
    } else if json.isNext("\"") {
      self = .string(try json.string())
    } else if json.isNext("t") || json.isNext("f") {
      self = .bool(try json.bool())
    } else if json.isNext("n") {
      try json.null()
      self = .null
    } else {
      let start = try json.skip()
      self = .number(String(decoding: json.bytes[start..<json.place], as: UTF8.self))
    }
  }
}
