import LeptonValues

extension TableSchema {
  /// The schema of a training table, and remarks on what was filled in.
  ///
  /// A column is numeric where its first value that is not missing is a number, unless `options`
  /// lists it as categorical. Categories and classes are in ascending order, numerically where all
  /// are whole numbers.
  package static func infer(
    from table: TextTable, options: DataOptions
  ) throws -> (schema: TableSchema, notes: [String]) {
    let label = try options.label.map(table.index(of:)) ?? table.columns.count - 1
    let categorical = Set(try options.categorical.map(table.index(of:)))
    let ignored = Set(try options.ignored.map(table.index(of:)))
    var notes: [String] = []
    var columns: [Column] = []
    for index in table.columns.indices where index != label && !ignored.contains(index) {
      let name = table.columns[index]
      let fields = table.rows.map { $0[index] }
      guard let first = fields.first(where: { !isMissing($0.text) }) else {
        notes.append("column \"\(name)\" is empty and was left out")
        continue
      }
      if Float(first.text) != nil, !categorical.contains(index) {
        let numbers = try fields.compactMap { try number($0, column: name, in: table) }
        let fill = numbers.sorted()[numbers.count / 2]
        columns.append(.numeric(name: name, fill: fill))
        let missing = fields.count - numbers.count
        if missing > 0 {
          notes.append("column \"\(name)\": \(missing) missing values became the median \(fill)")
        }
      } else {
        columns.append(.categorical(name: name, values: try vocabulary(fields, name, table)))
      }
    }
    guard !columns.isEmpty else {
      throw LeptonError(
        .badInput, "no column is left beside the label \"\(table.columns[label])\"",
        at: table.name, fix: "give at least one column of features")
    }
    let classes = try classNames(table.rows.map { $0[label] }, table.columns[label], table)
    return (
      TableSchema(columns: columns, labelName: table.columns[label], classes: classes), notes
    )
  }

  private static let mostCategories = 1000

  private static func vocabulary(
    _ fields: [CSV.Field], _ column: String, _ table: TextTable
  ) throws -> [String] {
    let values = inOrder(Set(fields.map(\.text)))
    guard values.count <= mostCategories else {
      throw table.refuse(
        fields[0],
        "column \"\(column)\" has \(values.count) different texts, more than \(mostCategories)",
        fix: "ignore the column if it is an identifier or free text")
    }
    return values
  }

  private static func classNames(
    _ fields: [CSV.Field], _ column: String, _ table: TextTable
  ) throws -> [String] {
    if let empty = fields.first(where: { $0.text.isEmpty }) {
      throw table.refuse(
        empty, "the label in column \"\(column)\" is missing", fix: "fill it in or drop the row")
    }
    let classes = inOrder(Set(fields.map(\.text)))
    guard classes.count >= 2, classes.count <= mostCategories else {
      throw LeptonError(
        .badInput, "the label column \"\(column)\" has \(classes.count) different values",
        at: table.name, fix: "name a column of 2 to \(mostCategories) classes as the label")
    }
    return classes
  }

  private static func inOrder(_ values: Set<String>) -> [String] {
    let numbers = values.compactMap { text in Int(text).map { (number: $0, text: text) } }
    guard numbers.count == values.count else { return values.sorted() }
    return numbers.sorted { ($0.number, $0.text) < ($1.number, $1.text) }.map(\.text)
  }
}
