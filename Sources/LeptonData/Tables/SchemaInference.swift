import LeptonValues

extension TableSchema {
  /// The schema of a training file, and remarks on what was decided.
  ///
  /// A column is numeric where half of its values or more are numbers; free text where it has several words and many
  /// different values; an identifier, which is left out, where nearly every value differs; else categorical. What
  /// `options` lists goes before.
  ///
  /// - Parameter profiles: of the columns, in order.
  static func infer(
    from profiles: [ColumnProfile], rows: Int, name: String, options: DataOptions
  ) throws -> (schema: TableSchema, notes: [String]) {
    func place(_ wanted: String) throws -> Int {
      let columns = profiles.map(\.name)
      if let place = columns.firstIndex(of: wanted) { return place }
      let near = nearestSpelling(of: wanted, in: columns).map { "did you mean \"\($0)\"?" }
      let all = columns.prefix(12).joined(separator: ", ") + (columns.count > 12 ? ", ..." : "")
      throw LeptonError(
        .badInput, "there is no column \"\(wanted)\"", at: name,
        fix: near ?? "the columns are \(all)")
    }
    guard !profiles.isEmpty else {
      throw LeptonError(.badInput, "the rows have no columns", at: name, fix: "name the values")
    }
    let label = try options.label.map(place) ?? profiles.count - 1
    let categorical = Set(try options.categorical.map(place))
    let text = Set(try options.text.map(place))
    let ignored = Set(try options.ignored.map(place))

    var columns: [Column] = []
    var passedOver: [String] = []
    var notes: [String] = []
    for (index, profile) in profiles.enumerated() where index != label {
      let hasMissing = profile.missing > 0
      if ignored.contains(index) {
        passedOver.append(profile.name)
      } else if profile.present == 0 || (profile.counts.count == 1 && !hasMissing) {
        passedOver.append(profile.name)
        let why = profile.present == 0 ? "is empty" : "has one value only"
        notes.append("column \"\(profile.name)\" \(why) and was left out")
      } else if categorical.contains(index) {
        columns.append(self.categorical(profile, rows: rows, &notes))
      } else if text.contains(index) || profile.isText {
        columns.append(words(profile, rows: rows, &notes))
      } else if profile.isNumeric {
        columns.append(Column(profile.name, .numeric, hasMissing: hasMissing))
        if profile.isRowNumber, profile.areWhole, profile.numbers == rows, rows >= 20 {
          notes.append(
            "column \"\(profile.name)\" counts the rows; list it under ignored if it means nothing")
        }
      } else if profile.isIdentifier {
        passedOver.append(profile.name)
        notes.append(
          "column \"\(profile.name)\" differs in nearly every row and was left out; "
            + "list it as categorical or text to keep it")
      } else {
        columns.append(self.categorical(profile, rows: rows, &notes))
      }
      if hasMissing, let column = columns.last, column.name == profile.name {
        let share = "\(profile.missing) of \(rows) values are missing"
        let what: String =
          switch column.kind {
          case .numeric:
            "the training part's \(options.filling.rawValue) stands in, and a flag says so"
          case .categorical: "missing is a category of its own"
          case .text: "they have no words"
          }
        notes.append("column \"\(profile.name)\": \(share); \(what)")
      }
    }
    guard !columns.isEmpty else {
      throw LeptonError(
        .badInput, "no column is left beside the label \"\(profiles[label].name)\"", at: name,
        fix: "give at least one column of features")
    }
    let schema = TableSchema(
      columns: columns, labelName: profiles[label].name,
      classes: try classes(profiles[label], name: name), passedOver: passedOver,
      filling: options.filling)
    return (schema, notes)
  }

  private static let mostCategories = 1000
  /// In tables with fewer rows a value that occurs once may still mean something.
  private static let fewestRowsWithRare = 100

  /// The most frequent values that occur more than once, in ascending order.
  private static func categorical(
    _ profile: ColumnProfile, rows: Int, _ notes: inout [String]
  ) -> Column {
    let least = rows >= fewestRowsWithRare ? 2 : 1
    let frequent = profile.counts.filter { $0.value >= least }
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .prefix(mostCategories).map(\.key)
    let values = inOrder(frequent)
    let rare = profile.counts.count - values.count
    if profile.hasMore || rare > values.count {
      notes.append(
        "column \"\(profile.name)\": \(values.count) categories; \(rare) rarer values or more "
          + "count as unknown")
    }
    return Column(
      profile.name, .categorical, values: values, hasMissing: profile.missing > 0,
      hasRare: rare > 0 || profile.hasMore)
  }

  /// At most this many words of a text column are known, and a training part's counts take at most `countBytes`.
  private static let mostWords = 4096
  private static let countBytes = 1 << 30

  /// The words that most texts have, the most frequent first.
  private static func words(
    _ profile: ColumnProfile, rows: Int, _ notes: inout [String]
  ) -> Column {
    let most = max(16, min(mostWords, countBytes / 4 / max(1, rows)))
    let least = rows >= fewestRowsWithRare ? 2 : 1
    let words = profile.documents.filter { $0.value >= least }
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .prefix(most).map(\.key)
    notes.append(
      "column \"\(profile.name)\" is text: \(words.count) of \(profile.documents.count) words are "
        + "known to the model")
    return Column(profile.name, .text, values: words, hasMissing: profile.missing > 0)
  }

  private static func classes(_ profile: ColumnProfile, name: String) throws -> [String] {
    let isMeasured =
      profile.texts == 0 && profile.numbers > 0
      && (!profile.areWhole || profile.counts.count > mostNumericClasses)
    if isMeasured {
      throw LeptonError(
        .badInput,
        "the label column \"\(profile.name)\" holds measured numbers, and classes are expected",
        at: name,
        fix:
          "name another label, or divide the numbers into classes; regression is not trained from tables"
      )
    }
    guard !profile.hasMore, profile.counts.count >= 2, profile.counts.count <= mostCategories else {
      let count = profile.hasMore ? "more than \(profile.counts.count)" : "\(profile.counts.count)"
      throw LeptonError(
        .badInput, "the label column \"\(profile.name)\" has \(count) different values", at: name,
        fix: "name a column of 2 to \(mostCategories) classes as the label")
    }
    return inOrder(Array(profile.counts.keys))
  }

  /// More different whole numbers than this are measured, not classes.
  private static let mostNumericClasses = 200

  private static func inOrder(_ values: [String]) -> [String] {
    let numbers = values.compactMap { text in Int(text).map { (number: $0, text: text) } }
    guard numbers.count == values.count else { return values.sorted() }
    return numbers.sorted { ($0.number, $0.text) < ($1.number, $1.text) }.map(\.text)
  }
}
