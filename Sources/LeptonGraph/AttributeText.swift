import Foundation
import LeptonValues

/// Attributes as text: the JSON of the operation's `Codable` form on one line, keys sorted and
/// without quotes. `{groups: 1, padding: [1, 1, 1, 1]}`
extension Op {
  /// The attributes after a space, nothing where there are none.
  package var attributeText: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      let json = String(decoding: try encoder.encode(self), as: UTF8.self)
      return json == "{}" ? "" : " " + json.withBareKeys
    } catch {
      return " {unprintable: \("\(error)".quoted)}"
    }
  }

  /// The operation with the attributes that the text spells out.
  package init(attributeText: String) throws {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    let text = attributeText.isEmpty ? "{}" : attributeText
    do {
      self = try decoder.decode(Self.self, from: Data(text.withQuotedKeys.utf8))
    } catch let error as DecodingError {
      throw LeptonError(.badInput, "\(Self.name): \(error.reason)", fix: Self.exampleAttributes)
    }
  }

  private static var exampleAttributes: String {
    let example = samples.first?.op.attributeText ?? ""
    return example.isEmpty ? "it has no attributes" : "write attributes as in\(example)"
  }
}

extension DecodingError {
  fileprivate var reason: String {
    switch self {
    case .keyNotFound(let key, _): "attribute '\(key.stringValue)' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "attribute '\(context.codingPath.map(\.stringValue).joined(separator: "."))': "
        + context.debugDescription
    case .dataCorrupted(let context): "attributes: \(context.debugDescription)"
    @unknown default: "attributes: \(self)"
    }
  }
}

extension String {
  /// The text in double quotes, with quotes, backslashes and line breaks escaped.
  package var quoted: String {
    var result = "\""
    for character in unicodeScalars {
      switch character {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      default: result.unicodeScalars.append(character)
      }
    }
    return result + "\""
  }

  /// JSON with a space after each comma and colon, and no quotes around keys that are identifiers.
  fileprivate var withBareKeys: String {
    let pieces = pieces
    return pieces.enumerated().map { index, piece in
      if piece == "," || piece == ":" { return piece + " " }
      let isKey = index + 1 < pieces.count && pieces[index + 1] == ":"
      let bare = piece.dropFirst().dropLast()
      return isKey && bare.isIdentifier ? String(bare) : piece
    }.joined()
  }

  /// JSON from text whose keys may have no quotes.
  fileprivate var withQuotedKeys: String {
    let pieces = pieces
    return pieces.enumerated().map { index, piece in
      index + 1 < pieces.count && pieces[index + 1] == ":" && piece.isIdentifier
        ? "\"\(piece)\"" : piece
    }.joined()
  }

  /// Strings, punctuation and words of JSON, without the white space between.
  private var pieces: [String] {
    var pieces: [String] = []
    var isInString = false
    var isEscaped = false
    var continues = false
    for character in self {
      if isInString {
        pieces[pieces.count - 1].append(character)
        isInString = isEscaped || character != "\""
        isEscaped = !isEscaped && character == "\\"
      } else if character.isWhitespace {
        continues = false
      } else if "{}[],:".contains(character) {
        pieces.append(String(character))
        continues = false
      } else if character == "\"" {
        pieces.append("\"")
        isInString = true
        continues = false
      } else if continues {
        pieces[pieces.count - 1].append(character)
      } else {
        pieces.append(String(character))
        continues = true
      }
    }
    return pieces
  }
}

extension StringProtocol {
  /// A letter, then letters and digits.
  fileprivate var isIdentifier: Bool {
    guard let first, first.isLetter else { return false }
    return allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
  }
}
