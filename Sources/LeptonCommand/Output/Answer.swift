import Foundation

/// What a command came to: an object for programs, text for people.
protocol Answer: Encodable {
  /// Ends in a newline.
  var text: String { get }
}

/// JSON as every command writes it: one line, keys in snake case and in alphabetical order, so that equal answers are
/// equal text.
enum JSONText {
  static func line(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return text(of: value, encoder)
  }

  /// A document of another standard, with the keys that it says; indented.
  static func document(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return text(of: value, encoder)
  }

  private static func text(of value: some Encodable, _ encoder: JSONEncoder) -> String {
    // JSON has no such numbers; a loss that is none must still be seen.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    } catch {
      preconditionFailure("an answer is not encodable: \(error)")
    }
  }
}
