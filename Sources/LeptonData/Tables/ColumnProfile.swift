/// What one pass over a column finds out about it, in bounded memory.
struct ColumnProfile {
  let name: String
  private(set) var missing = 0
  /// Fields that are numbers.
  private(set) var numbers = 0
  private(set) var areWhole = true
  /// Whether each number is one more than that before it, as in a column that counts rows.
  private(set) var isRowNumber = true
  private var previous: Float?
  /// Fields that are something else.
  private(set) var texts = 0
  /// How often each value occurs, up to `mostValues` different ones.
  private(set) var counts: [String: Int] = [:]
  /// Whether there are more different values than were counted.
  private(set) var hasMore = false
  private(set) var wordCount = 0
  /// In how many fields a word occurs, up to `mostWords` different ones.
  private(set) var documents: [String: Int] = [:]

  private static let mostValues = 10_000
  private static let mostWords = 1 << 20

  init(_ name: String) { self.name = name }

  var present: Int { numbers + texts }

  mutating func add(_ text: String) {
    switch DecimalNumber(text) {
    case .missing:
      missing += 1
      return
    case .value(let number):
      numbers += 1
      if number.rounded() != number { areWhole = false }
      if let previous, number != previous + 1 { isRowNumber = false }
      previous = number
    case .tooLarge: numbers += 1
    case .none:
      texts += 1
      var seen: Set<String> = []
      Words.forEach(in: text) { word in
        wordCount += 1
        guard seen.insert(word).inserted else { return }
        if let count = documents[word] {
          documents[word] = count + 1
        } else if documents.count < Self.mostWords {
          documents[word] = 1
        }
      }
    }
    if let count = counts[text] {
      counts[text] = count + 1
    } else if counts.count < Self.mostValues {
      counts[text] = 1
    } else {
      hasMore = true
    }
  }
}

extension ColumnProfile {
  /// Half of the values or more are numbers: what is none is a mistake.
  var isNumeric: Bool { numbers > 0 && numbers >= texts }

  private var meanWords: Double { texts == 0 ? 0 : Double(wordCount) / Double(texts) }
  private var hasManyValues: Bool { hasMore || counts.count > present / 2 }

  /// Free text: several words, and hardly ever the same ones.
  var isText: Bool {
    !isNumeric && present >= Self.fewest && meanWords >= 2.5
      && (hasManyValues || counts.count > 1000)
  }

  /// A name or number of each row, from which nothing can be learnt about another.
  var isIdentifier: Bool {
    !isNumeric && !isText && present >= Self.fewest
      && (hasMore || Double(counts.count) > 0.95 * Double(present))
  }

  /// In tables with fewer rows that all values differ says nothing.
  private static let fewest = 20
}
