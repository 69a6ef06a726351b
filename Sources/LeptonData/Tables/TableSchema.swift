public import LeptonValues

/// What the columns of a table mean: how the text in a file becomes a row of numbers, and the label a class.
///
/// Learnt from the training file, saved in the model's facts, and applied unchanged to every other part and to
/// predictions. The numbers are raw: those of a numeric column as they are, the place of a category among the known ones,
/// how often each known word occurs. What is to be learnt from data (means, fills, weights of words) is in the graph.
public struct TableSchema: Sendable, Hashable, Codable {
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// One number; NaN where it is missing.
    case numeric
    /// One number, the place in `values`; -1 for a value that is not among them, NaN where it is missing.
    case categorical
    /// How often each of `values`, the known words, occurs; other words do not count.
    case text
  }

  /// What stands in for a number that is missing.
  public enum Filling: String, Sendable, Hashable, Codable, CaseIterable {
    /// Of the training part.
    case median, mean
  }

  /// A column that the model is given.
  public struct Column: Sendable, Hashable, Codable {
    public var name: String
    public var kind: Kind
    /// Categories or words, in the order of their places; none for numbers.
    public var values: [String]
    /// Whether the training file lacks values here; the model then learns what that means.
    public var hasMissing: Bool
    /// Whether some categories of the training file are too rare to have a place; what is unknown later is then taken
    /// for one of them. Otherwise it is taken for none.
    public var hasRare: Bool

    public init(
      _ name: String, _ kind: Kind, values: [String] = [], hasMissing: Bool = false,
      hasRare: Bool = false
    ) {
      (self.name, self.kind, self.values) = (name, kind, values)
      (self.hasMissing, self.hasRare) = (hasMissing, hasRare)
    }

    enum CodingKeys: String, CodingKey {
      case name, kind, values
      case hasMissing = "has_missing"
      case hasRare = "has_rare"
    }

    /// How many numbers of a row it takes.
    public var width: Int { kind == .text ? values.count : 1 }
  }

  /// In the order of the training file.
  public var columns: [Column]
  /// The column that holds the class.
  public var labelName: String
  /// The class names, in the order of the label indices.
  public var classes: [String]
  /// Columns of the training file that the model is not given.
  public var passedOver: [String]
  public var filling: Filling

  public init(
    columns: [Column], labelName: String, classes: [String], passedOver: [String] = [],
    filling: Filling = .median
  ) {
    self.columns = columns
    self.labelName = labelName
    self.classes = classes
    self.passedOver = passedOver
    self.filling = filling
  }

  enum CodingKeys: String, CodingKey {
    case columns, classes, filling
    case labelName = "label"
    case passedOver = "passed_over"
  }

  /// How many numbers a row has.
  public var width: Int { columns.reduce(0) { $0 + $1.width } }

  /// What each number of a row is: `age`, or `review: great` for a word.
  public var featureNames: [String] {
    columns.flatMap { column in
      column.kind == .text ? column.values.map { "\(column.name): \($0)" } : [column.name]
    }
  }
}

extension TableSchema {
  /// The schema of a table of numbers without a file: each column is one.
  public init(numeric names: [String], classes: [String]) {
    self.init(
      columns: names.map { Column($0, .numeric) }, labelName: "label", classes: classes)
  }

  /// The row `f32[1, F]` of one example given as column name and text; columns that the model does not know are passed over.
  ///
  /// - Throws: `LeptonError` of kind `badInput` for a column that is absent or not a number.
  public func features(of row: [String: String]) throws -> TensorData {
    let names = row.keys.sorted()
    let fields = names.enumerated().map {
      CSV.Field(text: row[$1] ?? "", line: 1, column: $0 + 1)
    }
    var encoder = try TableEncoder(self, columns: names, name: "row")
    try encoder.append(fields)
    return encoder.features
  }
}
