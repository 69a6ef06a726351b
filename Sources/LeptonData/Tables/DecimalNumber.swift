/// What a field holds where a number is expected.
enum DecimalNumber: Hashable {
  case value(Float)
  case missing
  /// The number's size is beyond `Float`'s.
  case tooLarge
  case none

  /// Decimal notation only: no `0x10`, no `inf`, no comma.
  init(_ text: String) {
    if Self.isMissing(text) {
      self = .missing
      return
    }
    let isDecimal = text.utf8.allSatisfy {
      (0x30...0x39).contains($0) || $0 == 0x2E || $0 == 0x2D || $0 == 0x2B || $0 | 0x20 == 0x65
    }
    guard isDecimal, let number = Float(text) else {
      self = .none
      return
    }
    self = number.isFinite ? .value(number) : .tooLarge
  }

  /// What stands for "no value" in a field, in lower case.
  private static let missingWords: Set<String> = ["", "?", "na", "n/a", "nan", "null"]

  static func isMissing(_ text: String) -> Bool {
    text.utf8.count <= 4 && missingWords.contains(text.lowercased())
  }
}
