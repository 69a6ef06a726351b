/// What may be given for a key of a recipe.
public enum SettingType: Sendable, Hashable, Codable {
  case text
  case bool
  case integer(from: Int, through: Int)
  case number(from: Double, through: Double)
  /// One of a few words.
  case choice([String])
  /// Some of a few words.
  case choices([String])
  case texts
  /// Whole numbers; so many of them, if it says.
  case integers(from: Int, through: Int, count: Int?)
  case numbers(from: Double, through: Double)
}

extension SettingType: CustomStringConvertible {
  /// `whole number from 1`
  public var description: String {
    switch self {
    case .text: "text"
    case .bool: "true or false"
    case .integer(let low, .max): "whole number from \(low)"
    case .integer(let low, let high): "whole number from \(low) to \(high)"
    case .number(let low, .infinity): "number from \(shortened(low))"
    case .number(let low, let high): "number from \(shortened(low)) to \(shortened(high))"
    case .choice(let words): words.joined(separator: " | ")
    case .choices(let words): "list of \(words.joined(separator: " | "))"
    case .texts: "list of text"
    case .integers(let low, let high, let count):
      "list of \(count.map { "\($0) " } ?? "")whole numbers from \(low)"
        + (high == .max ? "" : " to \(high)")
    case .numbers(let low, let high):
      "list of numbers from \(shortened(low)) to \(shortened(high))"
    }
  }

  /// `0`, not `0.0`.
  private func shortened(_ number: Double) -> String {
    Int(exactly: number).map { abs($0) <= 1_000_000_000 ? "\($0)" : "\(number)" } ?? "\(number)"
  }
}

extension SettingType {
  /// The words that are right; empty where anything else is asked for.
  var words: [String] {
    switch self {
    case .choice(let words), .choices(let words): words
    default: []
    }
  }
}
