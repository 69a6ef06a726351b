/// Writes JSON text as bytes, in one pass and without spaces.
package struct JSONWriter {
  package private(set) var bytes: [UInt8] = []
  private var needsComma = false

  package init(capacity: Int = 256) { bytes.reserveCapacity(capacity) }

  package mutating func object(_ members: (inout JSONWriter) throws -> Void) rethrows {
    try enclosed("{", "}", members)
  }

  package mutating func array(_ elements: (inout JSONWriter) throws -> Void) rethrows {
    try enclosed("[", "]", elements)
  }

  package mutating func member(
    _ name: String, _ value: (inout JSONWriter) throws -> Void
  ) rethrows {
    string(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
    try value(&self)
  }

  package mutating func member(_ name: String, _ value: String) {
    member(name) { $0.string(value) }
  }
  package mutating func member(_ name: String, _ value: Int) { member(name) { $0.integer(value) } }
  package mutating func member(_ name: String, _ value: Bool) { member(name) { $0.bool(value) } }
  package mutating func member(_ name: String, _ values: [String]) {
    member(name) { $0.array { array in values.forEach { array.string($0) } } }
  }
  package mutating func member(_ name: String, _ values: [Int]) {
    member(name) { $0.array { array in values.forEach { array.integer($0) } } }
  }

  package mutating func string(_ text: String) {
    comma()
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0..<0x20:
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(Self.digits[Int(byte >> 4)])
        bytes.append(Self.digits[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  package mutating func integer(_ value: some BinaryInteger) { raw(value.description) }

  /// The shortest digits that read back as the same value; `value` is finite.
  package mutating func real(_ value: some BinaryFloatingPoint & CustomStringConvertible) {
    raw(value.description)
  }

  package mutating func bool(_ value: Bool) { raw(value ? "true" : "false") }

  package mutating func null() { raw("null") }

  /// JSON that was written elsewhere.
  package mutating func json(_ text: [UInt8]) {
    comma()
    bytes.append(contentsOf: text)
  }

  private mutating func raw(_ text: String) {
    comma()
    bytes.append(contentsOf: text.utf8)
  }

  private mutating func comma() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func enclosed(
    _ opening: Unicode.Scalar, _ closing: Unicode.Scalar,
    _ content: (inout JSONWriter) throws -> Void
  ) rethrows {
    comma()
    bytes.append(UInt8(ascii: opening))
    needsComma = false
    try content(&self)
    bytes.append(UInt8(ascii: closing))
    needsComma = true
  }

  private static let digits = Array("0123456789abcdef".utf8)
}
