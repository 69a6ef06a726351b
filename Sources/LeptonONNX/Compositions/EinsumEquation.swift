import LeptonGraph
import LeptonValues

/// An Einstein summation as it is written: `bij, bjk -> bik`, `...ii -> ...i`.
struct EinsumEquation {
  /// What an axis is called.
  enum Label: Hashable {
    case letter(Character)
    /// An axis of the ellipsis, counted from its last.
    case ellipsis(Int)
  }

  /// The labels of each operand's axes.
  private(set) var operands: [[Label]] = []
  private(set) var result: [Label]
  /// The extent that each label stands for.
  private(set) var extents: [Label: Int] = [:]

  init(_ node: ONNXNode, _ shapes: [Shape]) throws {
    guard case .string(let text) = node.attributes["equation"] else {
      throw node.error("the equation is missing")
    }
    func invalid(_ what: String) -> LeptonError {
      node.error("equation '\(text)': \(what)", fix: "write it as in 'bij, bjk -> bik'")
    }
    let sides = text.filter { $0 != " " }.split(
      separator: "->", omittingEmptySubsequences: false)
    guard sides.count <= 2 else { throw invalid("'->' stands there more than once") }
    let terms = sides[0].split(separator: ",", omittingEmptySubsequences: false)
    guard terms.count == shapes.count else {
      throw invalid("\(terms.count) terms for \(shapes.count) operands")
    }

    var widest = 0
    for (term, shape) in zip(terms, shapes) {
      guard let letters = Letters(term) else { throw invalid("'\(term)' is no term") }
      let wide = shape.rank - letters.count
      guard letters.hasEllipsis ? wide >= 0 : wide == 0 else {
        throw invalid("'\(term)' does not name the axes of \(shape)")
      }
      widest = max(widest, wide)
      let labels = letters.labels(ellipsis: wide)
      for (label, extent) in zip(labels, shape) {
        let known = extents[label] ?? 1
        guard known == extent || known == 1 || extent == 1 else {
          throw invalid("extents \(known) and \(extent) have one name")
        }
        extents[label] = known == 1 ? extent : known
      }
      operands.append(labels)
    }

    guard sides.count == 2 else {
      let all = operands.flatMap(\.self)
      let once = extents.keys.compactMap { label -> Character? in
        guard case .letter(let letter) = label, all.filter({ $0 == label }).count == 1 else {
          return nil
        }
        return letter
      }
      result = (0..<widest).reversed().map(Label.ellipsis) + once.sorted().map(Label.letter)
      return
    }
    guard let letters = Letters(sides[1]), letters.hasEllipsis || widest == 0 else {
      throw invalid("'\(sides[1])' is no result")
    }
    result = letters.labels(ellipsis: widest)
    guard Set(result).count == result.count, result.allSatisfy({ extents[$0] != nil }) else {
      throw invalid("the result names an axis twice, or one that no operand has")
    }
  }
}

/// One term: letters, and perhaps an ellipsis among them.
private struct Letters {
  private var before: [Character] = []
  private var after: [Character] = []
  private(set) var hasEllipsis = false

  var count: Int { before.count + after.count }

  /// Nil where the text is no term.
  init?(_ text: Substring) {
    var rest = text
    while let letter = rest.first {
      if rest.hasPrefix("..."), !hasEllipsis {
        hasEllipsis = true
        rest = rest.dropFirst(3)
        continue
      }
      guard letter.isASCII, letter.isLetter else { return nil }
      if hasEllipsis { after.append(letter) } else { before.append(letter) }
      rest = rest.dropFirst()
    }
  }

  func labels(ellipsis count: Int) -> [EinsumEquation.Label] {
    before.map { .letter($0) } + (0..<count).reversed().map { .ellipsis($0) }
      + after.map { .letter($0) }
  }
}
