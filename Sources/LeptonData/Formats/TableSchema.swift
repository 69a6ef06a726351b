/// How the text columns of a table become the numbers of a row of features, and its label a class.
///
/// Learnt from the training part, then applied unchanged to every other part and to predictions.
public struct TableSchema: Sendable, Hashable, Codable {
  /// One column of the file.
  public enum Column: Sendable, Hashable, Codable {
    /// One feature, the number itself.
    case numeric(name: String)
    /// One feature for each known value, 1 where it is that value; all 0 for an unknown one.
    case categorical(name: String, values: [String])
  }

  /// The columns that become features, in file order.
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
}
