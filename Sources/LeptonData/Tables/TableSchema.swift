public import LeptonValues

/// How the text columns of a table become the numbers of a row of features, and its label a class.
///
/// Learnt from the training part, then applied unchanged to every other part and to predictions.
public struct TableSchema: Sendable, Hashable, Codable {
  /// One column of the file.
  public enum Column: Sendable, Hashable, Codable {
    /// One feature, the number itself; a missing one becomes `fill`, the training median.
    case numeric(name: String, fill: Float)
    /// One feature for each known value, 1 where it is that value; all 0 for an unknown one.
    case categorical(name: String, values: [String])

    public var name: String {
      switch self {
      case .numeric(let name, _), .categorical(let name, _): name
      }
    }
  }

  /// The columns that become features, in the order of the training file.
  public var columns: [Column]
  /// The column that holds the class.
  public var labelName: String
  /// The class names, in the order of the label indices.
  public var classes: [String]

  public init(columns: [Column], labelName: String, classes: [String]) {
    self.columns = columns
    self.labelName = labelName
    self.classes = classes
  }

  /// The name of each feature: `age`, or `workclass=Private` for a value of a category.
  public var featureNames: [String] {
    columns.flatMap { column in
      switch column {
      case .numeric(let name, _): [name]
      case .categorical(let name, let values): values.map { "\(name)=\($0)" }
      }
    }
  }

  /// What stands for "no value" in a field, in lower case.
  static let missing: Set<String> = ["", "?", "na", "n/a", "nan", "null"]

  static func isMissing(_ text: String) -> Bool { missing.contains(text.lowercased()) }
}

extension TableSchema {
  /// The features `f32[1, F]` of one row given as column name and text.
  ///
  /// - Throws: `LeptonError` of kind `badInput` for a column that is absent or not a number.
  public func features(of row: [String: String]) throws -> TensorData {
    let names = row.keys.sorted()
    let fields = names.map { CSV.Field(text: row[$0] ?? "", line: 1, column: 1) }
    return try features(of: TextTable([fields], name: "row", columns: names))
  }

  /// The features `f32[N, F]` of every row. Columns are found by name; others are passed over.
  package func features(of table: TextTable) throws -> TensorData {
    let sources = try columns.map { try table.index(of: $0.name) }
    let places = columns.map { column -> [String: Int] in
      guard case .categorical(_, let values) = column else { return [:] }
      return Dictionary(uniqueKeysWithValues: zip(values, values.indices))
    }
    var values: [Float] = []
    for row in table.rows {
      for (index, column) in columns.enumerated() {
        let field = row[sources[index]]
        switch column {
        case .numeric(let name, let fill):
          values.append(try Self.number(field, column: name, in: table) ?? fill)
        case .categorical(_, let known):
          let start = values.count
          values.append(contentsOf: repeatElement(0, count: known.count))
          if let place = places[index][field.text] { values[start + place] = 1 }
        }
      }
    }
    return TensorData(values, shape: [table.rows.count, featureNames.count])
  }

  /// The class of every row, `i32[N]`.
  package func labels(of table: TextTable) throws -> TensorData {
    let source = try table.index(of: labelName)
    let places = Dictionary(uniqueKeysWithValues: zip(classes, classes.indices))
    let labels = try table.rows.map { row in
      guard let place = places[row[source].text] else {
        let text = row[source].text
        let near = nearestSpelling(of: text, in: classes).map { "did you mean \"\($0)\"?" }
        throw table.refuse(
          row[source], "\"\(text)\" is not a class of the training part",
          fix: near ?? "the classes are \(classes.prefix(12).joined(separator: ", "))")
      }
      return Int32(place)
    }
    return TensorData(labels, shape: [labels.count])
  }

  /// The number in a field; nil where it is missing.
  static func number(
    _ field: CSV.Field, column: String, in table: TextTable
  ) throws -> Float? {
    if isMissing(field.text) { return nil }
    guard let number = Float(field.text), number.isFinite else {
      throw table.refuse(
        field, "\"\(field.text)\" is not a number, and column \"\(column)\" is numeric",
        fix: "correct it, or list the column as categorical")
    }
    return number
  }
}
