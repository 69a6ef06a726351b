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
  /// How deep arrays and objects may nest unless a caller says otherwise.
  package static let depthLimit = 64

  /// The value that `bytes` are; whitespace may stand around it, and nothing else.
  ///
  /// - Parameters:
  ///   - name: what errors call the text.
  ///   - line: the number of the text's first line.
  /// - Throws: `LeptonError` of kind `badInput` at `name:line:column`; columns count bytes.
  package static func parse(
    _ bytes: some Collection<UInt8>, name: String, line: Int = 1, depthLimit: Int = depthLimit
  ) throws -> JSONValue {
    try Array(bytes).withUnsafeBufferPointer {
      try parse($0, name: name, line: line, depthLimit: depthLimit)
    }
  }

  private static func parse(
    _ bytes: UnsafeBufferPointer<UInt8>, name: String, line: Int, depthLimit: Int
  ) throws -> JSONValue {
    var scanner = JSONScanner(bytes: bytes, name: name, firstLine: line, depthLimit: depthLimit)
    return try scanner.document()
  }
}

/// One pass over the bytes of a JSON text, by recursive descent.
private struct JSONScanner {
  let bytes: UnsafeBufferPointer<UInt8>
  let name: String
  let firstLine: Int
  let depthLimit: Int
  var position = 0
  var depth = 0

  init(bytes: UnsafeBufferPointer<UInt8>, name: String, firstLine: Int, depthLimit: Int) {
    (self.bytes, self.name) = (bytes, name)
    (self.firstLine, self.depthLimit) = (firstLine, depthLimit)
  }

  mutating func document() throws -> JSONValue {
    skipSpace()
    let result = try value()
    skipSpace()
    guard position == bytes.count else { throw refusal("there is more after the end of the value") }
    return result
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private mutating func value() throws -> JSONValue {
    switch next {
    case UInt8(ascii: "{"): return try nested { try $0.object() }
    case UInt8(ascii: "["): return try nested { try $0.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"): return try number()
    case .some(let byte) where digit.contains(byte): return try number()
    case nil: throw refusal("the text ends where a value is expected")
    default: throw refusal("a value is expected")
    }
  }

  private mutating func nested(
    _ read: (inout JSONScanner) throws -> JSONValue
  ) throws -> JSONValue {
    depth += 1
    guard depth <= depthLimit else {
      throw refusal("arrays and objects nest deeper than \(depthLimit)", fix: "flatten them")
    }
    defer { depth -= 1 }
    position += 1
    skipSpace()
    return try read(&self)
  }

  private mutating func array() throws -> JSONValue {
    if take("]") { return .array([]) }
    var elements: [JSONValue] = []
    while true {
      elements.append(try value())
      skipSpace()
      if take("]") { return .array(elements) }
      guard take(",") else { throw refusal("\",\" or \"]\" is expected") }
      skipSpace()
    }
  }

  private mutating func object() throws -> JSONValue {
    if take("}") { return .object([]) }
    var members: [JSONValue.Member] = []
    var seen: Set<String> = []
    while true {
      guard next == UInt8(ascii: "\"") else { throw refusal("a key in quotes is expected") }
      let start = position
      let key = try string()
      guard seen.insert(key).inserted else {
        position = start
        throw refusal("the key \"\(key)\" is given twice", fix: "keep one of them")
      }
      skipSpace()
      guard take(":") else { throw refusal("\":\" is expected") }
      skipSpace()
      members.append(.init(key: key, value: try value()))
      skipSpace()
      if take("}") { return .object(members) }
      guard take(",") else { throw refusal("\",\" or \"}\" is expected") }
      skipSpace()
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func word(_ text: String, _ value: JSONValue) throws -> JSONValue {
    guard bytes[position...].starts(with: text.utf8) else { throw refusal("a value is expected") }
    position += text.utf8.count
    return value
  }

  private mutating func number() throws -> JSONValue {
    let start = position
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard Double(text)?.isFinite == true else {
      position = start
      throw refusal("the number \(text.prefix(40)) is too large", fix: "give at most 1.8e308")
    }
    return .number(text)
  }

  private mutating func digits() throws {
    let start = position
    while let byte = next, digit.contains(byte) { position += 1 }
    guard position > start else { throw refusal("a digit is expected") }
  }
}

// MARK: Strings

extension JSONScanner {
  private mutating func string() throws -> String {
    let start = position
    position += 1
    let first = position
    while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
      position += 1
    }
    // Most strings have no escapes and are taken whole.
    if next == UInt8(ascii: "\"") {
      position += 1
      return try validated(bytes[first..<(position - 1)], start)
    }
    var text = Array(bytes[first..<position])
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return try validated(text[...], start)
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw refusal("a control character inside a string", fix: "escape it: \\n")
      default:
        text.append(byte)
        position += 1
      }
    }
    position = start
    throw refusal("the string that opens here is never closed")
  }

  private func validated(_ text: some Sequence<UInt8>, _ start: Int) throws -> String {
    guard let string = String(validating: text, as: UTF8.self) else {
      var scanner = self
      scanner.position = start
      throw scanner.refusal("the string is not UTF-8", fix: "convert the text to UTF-8")
    }
    return string
  }

  private mutating func escape(into text: inout [UInt8]) throws {
    let start = position
    position += 1
    guard let byte = next else { throw refusal("the text ends inside an escape") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var code = UInt32(try hexadecimal())
      if (0xD800..<0xDC00).contains(code), next == UInt8(ascii: "\\") {
        position += 1
        guard take("u") else {
          position = start
          throw refusal("half of a surrogate pair")
        }
        let low = UInt32(try hexadecimal())
        if (0xDC00..<0xE000).contains(low) {
          code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
      }
      guard let scalar = Unicode.Scalar(code) else {
        position = start
        throw refusal("half of a surrogate pair", fix: "write both halves, or the character itself")
      }
      text += Array(String(Character(scalar)).utf8)
    default:
      position = start
      throw refusal("an escape that JSON does not know")
    }
  }

  private mutating func hexadecimal() throws -> UInt16 {
    guard position + 4 <= bytes.count,
      bytes[position..<(position + 4)].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
      let code = UInt16(
        String(decoding: bytes[position..<(position + 4)], as: UTF8.self), radix: 16)
    else { throw refusal("four hexadecimal digits are expected") }
    position += 4
    return code
  }

  private func refusal(_ what: String, fix: String = "correct it: JSON is strict") -> LeptonError {
    let before = bytes[..<min(position, bytes.count)]
    let newlines = before.count { $0 == 0x0A }
    let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    return LeptonError(
      .badInput, what, at: "\(name):\(firstLine + newlines):\(position - lineStart + 1)", fix: fix)
  }
}

private let digit = UInt8(ascii: "0")...UInt8(ascii: "9")
