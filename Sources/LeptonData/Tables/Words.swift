/// The words of a text: runs of letters, digits and marks, in lower case; an apostrophe inside of one belongs to it
/// (`don't`), and each ideograph is a word of its own. One pass, no regular expression.
package enum Words {
  /// Longer runs are cut: nothing that long is a word.
  static let longest = 64

  package static func of(_ text: String) -> [String] {
    var words: [String] = []
    forEach(in: text) { words.append($0) }
    return words
  }

  package static func forEach(in text: String, _ body: (String) -> Void) {
    var word = ""
    var length = 0
    /// An apostrophe that counts only if a letter follows.
    var apostrophe = false
    func end() {
      if length > 0 { body(word) }
      word.removeAll(keepingCapacity: true)
      (length, apostrophe) = (0, false)
    }
    func take(_ scalar: Unicode.Scalar) {
      if apostrophe { word.unicodeScalars.append("'") }
      apostrophe = false
      length += 1
      guard length <= longest else { return }
      if scalar.isASCII {
        let isUpper = (0x41...0x5A).contains(scalar.value)
        word.unicodeScalars.append(isUpper ? Unicode.Scalar(scalar.value + 32)! : scalar)
      } else {
        word += scalar.properties.lowercaseMapping
      }
    }
    for scalar in text.unicodeScalars {
      switch kind(of: scalar) {
      case .inside: take(scalar)
      case .alone:
        end()
        take(scalar)
        end()
      case .apostrophe where length > 0 && !apostrophe: apostrophe = true
      case .apostrophe, .outside: end()
      }
    }
    end()
  }

  private enum Kind {
    case inside, alone, apostrophe, outside
  }

  private static func kind(of scalar: Unicode.Scalar) -> Kind {
    if scalar.isASCII {
      switch scalar.value {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: return .inside
      case 0x27: return .apostrophe
      default: return .outside
      }
    }
    if scalar.value == 0x2019 { return .apostrophe }
    if scalar.properties.isIdeographic { return .alone }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .decimalNumber, .letterNumber, .otherNumber, .nonspacingMark, .spacingMark, .enclosingMark:
      return .inside
    default: return .outside
    }
  }
}
