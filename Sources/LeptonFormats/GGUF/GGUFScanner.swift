import LeptonValues

/// The bytes of a GGUF header, read from its beginning, each length checked against what is left.
struct GGUFScanner {
  private let bytes: ByteSource
  private(set) var place = 0
  private var window: [UInt8] = []
  private var windowStart = 0

  init(_ bytes: ByteSource) { self.bytes = bytes }

  var left: Int { bytes.count - place }

  func error(_ what: String, fix: String = "fetch the file again") -> LeptonError {
    LeptonError(.badInput, what, at: "\(bytes.name), byte \(place)", fix: fix)
  }

  mutating func take(_ count: Int) throws -> [UInt8] {
    guard count >= 0, count <= left else {
      throw error("\(count) bytes are said to follow, \(left) do")
    }
    if place < windowStart || place + count > windowStart + window.count {
      windowStart = place
      window = try bytes.bytes(place..<min(bytes.count, place + max(count, 1 << 16)))
    }
    defer { place += count }
    return Array(window[(place - windowStart)..<(place - windowStart + count)])
  }

  mutating func number(_ width: Int) throws -> UInt64 {
    try take(width).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A count or length, each of which takes at least `least` bytes of what is left.
  mutating func count(_ what: String, least: Int) throws -> Int {
    let value = try number(8)
    guard value <= UInt64(left / max(least, 1)) else {
      throw error("\(value) \(what) are said to follow, in \(left) bytes")
    }
    return Int(value)
  }

  mutating func string() throws -> String {
    let count = try count("bytes of text", least: 1)
    guard let text = String(validating: try take(count), as: UTF8.self) else {
      throw error("the text is not UTF-8")
    }
    return text
  }

  /// A value of the metadata as text; arrays by how many elements they have.
  mutating func value(_ type: UInt64, depth: Int = 0) throws -> String {
    switch type {
    case 0: return "\(try number(1))"
    case 1: return "\(Int8(bitPattern: UInt8(try number(1))))"
    case 2: return "\(try number(2))"
    case 3: return "\(Int16(bitPattern: UInt16(try number(2))))"
    case 4: return "\(try number(4))"
    case 5: return "\(Int32(bitPattern: UInt32(try number(4))))"
    case 6: return "\(Float(bitPattern: UInt32(try number(4))))"
    case 7:
      let value = try number(1)
      guard value <= 1 else { throw error("a truth value is \(value)") }
      return value == 1 ? "true" : "false"
    case 8: return try string()
    case 9:
      let inner = try number(4)
      guard depth < 4 else { throw error("arrays nest deeper than 4") }
      let widths: [UInt64: Int] = [
        0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 8: 8, 9: 12, 10: 8, 11: 8, 12: 8,
      ]
      guard let width = widths[inner] else { throw error("an array of values of type \(inner)") }
      let count = try count("values", least: width)
      for _ in 0..<count { _ = try value(inner, depth: depth + 1) }
      return "\(count) values"
    case 10: return "\(try number(8))"
    case 11: return "\(Int64(bitPattern: try number(8)))"
    case 12: return "\(Double(bitPattern: try number(8)))"
    default: throw error("a value of type \(type)")
    }
  }
}
