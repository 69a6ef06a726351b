import LeptonValues

/// Takes a line of text apart from left to right, skipping white space between tokens.
struct LineScanner {
  private var rest: Substring

  init(_ line: Substring) {
    rest = line
    skipSpace()
  }

  var isAtEnd: Bool { rest.isEmpty }

  /// Goes past `token` if it comes next. A word must end where the token does.
  mutating func takes(_ token: String) -> Bool {
    guard rest.hasPrefix(token) else { return false }
    let after = rest.dropFirst(token.count)
    if token.last!.isLetter, let next = after.first, next.isLetter || next.isNumber {
      return false
    }
    rest = after
    skipSpace()
    return true
  }

  mutating func expect(_ token: String) throws {
    guard takes(token) else { throw error("'\(token)' is missing") }
  }

  /// Letters, digits and underscores.
  mutating func word() throws -> String {
    let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    guard !word.isEmpty else { throw error("a name is missing") }
    rest = rest.dropFirst(word.count)
    skipSpace()
    return String(word)
  }

  mutating func number() throws -> Int {
    let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == "-") }
    guard let number = Int(digits) else { throw error("a whole number is missing") }
    rest = rest.dropFirst(digits.count)
    skipSpace()
    return number
  }

  /// The number of a value: `%3`.
  mutating func value() throws -> Int {
    try expect("%")
    return try number()
  }

  /// `f32[8, 2]`
  mutating func type() throws -> TensorType {
    let name = try word()
    guard let dtype = DType(rawValue: name) else {
      let known = DType.allCases.map(\.rawValue).joined(separator: ", ")
      throw LeptonError(
        .badInput, "there is no element type '\(name)'", fix: "there are \(known)")
    }
    try expect("[")
    if takes("]") { return TensorType(dtype, []) }
    let extents = try list { try $0.number() }
    try expect("]")
    let type = TensorType(dtype, Shape(extents))
    guard type.isAddressable else {
      throw LeptonError(
        .badInput, "\(type) is not a tensor", fix: "extents are 0 or more, and fit in memory")
    }
    return type
  }

  /// `parameter` or `state`, if one comes next.
  mutating func role() -> Graph.Role? {
    takes("parameter") ? .parameter : takes("state") ? .state : nil
  }

  /// One or more, with commas between.
  mutating func list<T>(_ element: (inout LineScanner) throws -> T) throws -> [T] {
    var elements = [try element(&self)]
    while takes(",") { elements.append(try element(&self)) }
    return elements
  }

  /// Text in double quotes, without them.
  mutating func string() throws -> String {
    guard rest.first == "\"" else { throw error("a name in double quotes is missing") }
    var result = ""
    var isEscaped = false
    for (index, character) in zip(rest.indices, rest).dropFirst() {
      if isEscaped {
        result.append(character == "n" ? "\n" : character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        rest = rest[index...].dropFirst()
        skipSpace()
        return result
      } else {
        result.append(character)
      }
    }
    throw error("a name has no closing quote")
  }

  /// Text from an opening brace to the one that closes it, braces included; empty where none comes.
  mutating func braces() throws -> String {
    guard rest.first == "{" else { return "" }
    var depth = 0
    var isInString = false
    var isEscaped = false
    for (index, character) in zip(rest.indices, rest) {
      if isInString {
        isInString = isEscaped || character != "\""
        isEscaped = !isEscaped && character == "\\"
        continue
      }
      switch character {
      case "\"": isInString = true
      case "{": depth += 1
      case "}": depth -= 1
      default: break
      }
      if depth == 0 {
        let text = rest[...index]
        rest = rest[index...].dropFirst()
        skipSpace()
        return String(text)
      }
    }
    throw error("attributes have no closing brace")
  }

  func error(_ what: String) -> LeptonError {
    LeptonError(
      .badInput, what, fix: isAtEnd ? "the line ends too early" : "see '\(rest.prefix(24))'")
  }

  private mutating func skipSpace() { rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "\r" } }
}
