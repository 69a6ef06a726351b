/// Reads JSON (RFC 8259) strictly, value after value, without building a tree: names of an object occur once, values nest
/// at most 64 deep, integers are written as integers, text is UTF-8 without a byte order mark, and nothing follows
/// the last value.
package struct JSONScanner {
  /// What is wrong with the text, and at which byte.
  package struct Fault: Error, Hashable {
    package let what: String
    package let byte: Int

    package init(what: String, byte: Int) {
      self.what = what
      self.byte = byte
    }
  }

  /// How deep values nest unless a caller says otherwise.
  package static let mostDepth = 64

  package let bytes: [UInt8]
  /// The next byte to be read.
  package private(set) var place: Int
  private let end: Int
  private let mostDepth: Int
  private var depth = 0

  /// Of `bytes`, the first `count`; all where it is nil.
  package init(_ bytes: [UInt8], count: Int? = nil, mostDepth: Int = mostDepth) {
    self.bytes = bytes
    self.mostDepth = mostDepth
    place = 0
    end = count ?? bytes.count
  }

  // MARK: Structure

  /// Reads an object; `member` reads the value of each name.
  package mutating func object(
    _ member: (inout JSONScanner, String) throws -> Void
  ) throws {
    try expect("{", "an object")
    try enter()
    var names = SeenNames()
    if take("}") { return leave() }
    repeat {
      skipSpace()
      let start = place
      let name = try string()
      guard names.insert(name) else {
        throw Fault(what: "the name \"\(name.prefix(64))\" occurs twice", byte: start)
      }
      try expect(":", "a colon")
      try member(&self, name)
    } while take(",")
    try expect("}", "a comma or the end of the object")
    leave()
  }

  /// Reads an array; `element` reads each value.
  package mutating func array(_ element: (inout JSONScanner) throws -> Void) throws {
    try expect("[", "an array")
    try enter()
    if take("]") { return leave() }
    repeat { try element(&self) } while take(",")
    try expect("]", "a comma or the end of the array")
    leave()
  }

  /// Checks the next value and passes it by; answers where it starts.
  @discardableResult
  package mutating func skip() throws -> Int {
    skipSpace()
    let start = place
    switch try peek("a value") {
    case UInt8(ascii: "{"): try object { scanner, _ in try scanner.skip() }
    case UInt8(ascii: "["): try array { scanner in try scanner.skip() }
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "t"): try word("true")
    case UInt8(ascii: "f"): try word("false")
    case UInt8(ascii: "n"): try word("null")
    default: _ = try number()
    }
    return start
  }

  /// Checks that nothing but space is left.
  package mutating func finish() throws {
    skipSpace()
    if place < end { throw Fault(what: "something follows the value", byte: place) }
  }

  /// The same text, to be read again from `place`, inside `depth` arrays and objects.
  package func again(from place: Int) -> JSONScanner {
    var scanner = self
    scanner.place = place
    return scanner
  }

  // MARK: Values

  /// Whether the next value starts with `character`; reads nothing but space.
  package mutating func isNext(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    return place < end && bytes[place] == UInt8(ascii: character)
  }

  package mutating func null() throws {
    skipSpace()
    try word("null")
  }

  package mutating func bool() throws -> Bool {
    if isNext("t") {
      try word("true")
      return true
    }
    guard isNext("f") else { throw Fault(what: "expected true or false", byte: place) }
    try word("false")
    return false
  }

  /// A whole number: digits alone, no fraction, no exponent.
  package mutating func integer() throws -> Int { try integer(allowsZeros: false) }

  /// A whole number as JSON Schema has it: perhaps with a fraction of zeros; no exponent.
  package mutating func wholeNumber() throws -> Int { try integer(allowsZeros: true) }

  private mutating func integer(allowsZeros: Bool) throws -> Int {
    skipSpace()
    let start = place
    let negative = place < end && bytes[place] == UInt8(ascii: "-")
    if negative { place += 1 }
    var value = 0
    let first = place
    while place < end, case let digit = bytes[place] &- UInt8(ascii: "0"), digit < 10 {
      let (tens, a) = value.multipliedReportingOverflow(by: 10)
      let (sum, b) =
        negative
        ? tens.subtractingReportingOverflow(Int(digit))
        : tens.addingReportingOverflow(Int(digit))
      if a || b { throw Fault(what: "the integer is out of range", byte: start) }
      value = sum
      place += 1
    }
    if place == first { throw Fault(what: "expected an integer", byte: start) }
    if place - first > 1, bytes[first] == UInt8(ascii: "0") {
      throw Fault(what: "a number starts with a zero", byte: start)
    }
    if allowsZeros, byte(at: place) == UInt8(ascii: ".") {
      let zeros = bytes[(place + 1)..<end].prefix { $0 == UInt8(ascii: "0") }
      if zeros.isEmpty { throw Fault(what: "expected an integer", byte: start) }
      place = zeros.endIndex
    }
    if let byte = byte(at: place),
      byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e")
        || byte &- UInt8(ascii: "0") < 10
    {
      throw Fault(what: "expected an integer, not a fraction", byte: start)
    }
    return value
  }

  package mutating func string() throws -> String {
    skipSpace()
    guard place < end, bytes[place] == UInt8(ascii: "\"") else {
      throw Fault(what: "expected a string", byte: place)
    }
    let start = place + 1
    place = start
    while place < end {
      switch bytes[place] {
      case UInt8(ascii: "\""):
        place += 1
        return try text(bytes[start..<(place - 1)], at: start)
      case UInt8(ascii: "\\"):
        return try escapedString(from: start)
      case 0..<0x20:
        throw Fault(what: "a control character stands in a string", byte: place)
      default: place += 1
      }
    }
    throw Fault(what: "the string does not end", byte: start - 1)
  }

  // MARK: Parts

  private mutating func escapedString(from start: Int) throws -> String {
    var result = Array(bytes[start..<place])
    while place < end {
      let byte = bytes[place]
      switch byte {
      case UInt8(ascii: "\""):
        place += 1
        return try text(result[...], at: start)
      case UInt8(ascii: "\\"):
        place += 1
        try escape(into: &result)
      case 0..<0x20:
        throw Fault(what: "a control character stands in a string", byte: place)
      default:
        result.append(byte)
        place += 1
      }
    }
    throw Fault(what: "the string does not end", byte: start - 1)
  }

  private mutating func escape(into result: inout [UInt8]) throws {
    let kind = try peek("the end of an escape")
    place += 1
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(kind)
    case UInt8(ascii: "b"): result.append(8)
    case UInt8(ascii: "f"): result.append(12)
    case UInt8(ascii: "n"): result.append(10)
    case UInt8(ascii: "r"): result.append(13)
    case UInt8(ascii: "t"): result.append(9)
    case UInt8(ascii: "u"):
      let start = place - 2
      var code = try hexadecimal()
      if 0xD800..<0xDC00 ~= code, place + 1 < end, bytes[place] == UInt8(ascii: "\\"),
        bytes[place + 1] == UInt8(ascii: "u")
      {
        place += 2
        let low = try hexadecimal()
        guard 0xDC00..<0xE000 ~= low else {
          throw Fault(what: "half of a surrogate pair", byte: start)
        }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else {
        throw Fault(what: "half of a surrogate pair", byte: start)
      }
      result.append(contentsOf: String(scalar).utf8)
    default: throw Fault(what: "an escape that JSON does not have", byte: place - 2)
    }
  }

  private mutating func hexadecimal() throws -> UInt32 {
    guard place + 4 <= end else { throw Fault(what: "the escape is cut short", byte: place) }
    var code: UInt32 = 0
    for byte in bytes[place..<(place + 4)] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw Fault(what: "an escape needs four hexadecimal digits", byte: place)
      }
      code = code << 4 | UInt32(digit)
    }
    place += 4
    return code
  }

  private func text(_ slice: ArraySlice<UInt8>, at start: Int) throws -> String {
    guard let text = String(validating: slice, as: UTF8.self) else {
      throw Fault(what: "the string is not UTF-8", byte: start)
    }
    return text
  }

  private mutating func word(_ word: StaticString) throws {
    let count = word.utf8CodeUnitCount
    guard place + count <= end,
      word.withUTF8Buffer({ bytes[place..<(place + count)].elementsEqual($0) })
    else { throw Fault(what: "expected a value", byte: place) }
    place += count
  }

  private mutating func enter() throws {
    depth += 1
    if depth > mostDepth {
      throw Fault(what: "values nest deeper than \(mostDepth)", byte: place)
    }
  }

  private mutating func leave() { depth -= 1 }

  @inline(__always)
  mutating func skipSpace() {
    while place < end {
      switch bytes[place] {
      case 0x20, 0x0A, 0x0D, 0x09: place += 1
      default: return
      }
    }
  }

  private func peek(_ wanted: String) throws -> UInt8 {
    guard place < end else {
      throw Fault(what: "the text ends where \(wanted) should be", byte: place)
    }
    return bytes[place]
  }

  private mutating func expect(_ character: Unicode.Scalar, _ wanted: String) throws {
    guard take(character) else { throw Fault(what: "expected \(wanted)", byte: place) }
  }

  @inline(__always)
  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard place < end, bytes[place] == UInt8(ascii: character) else { return false }
    place += 1
    return true
  }

  @inline(__always)
  func byte(at place: Int) -> UInt8? { place < end ? bytes[place] : nil }

  mutating func move(to place: Int) { self.place = place }
}

/// The names of an object so far: a list while they are few, as they nearly always are.
private struct SeenNames {
  private var few: [String] = []
  private var many: Set<String> = []

  /// Whether `name` is new.
  mutating func insert(_ name: String) -> Bool {
    if !many.isEmpty { return many.insert(name).inserted }
    if few.contains(name) { return false }
    few.append(name)
    if few.count == 16 { many = Set(few) }
    return true
  }
}
