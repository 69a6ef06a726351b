import LeptonValues

/// What there is to know of a data set before one trains on it.
public struct DataInspection: Sendable, Encodable {
  /// One part of it.
  public struct Part: Sendable, Encodable {
    public var name: String
    public var count: Int
    /// Element type and shape of an example: `u8[1, 28, 28]`.
    public var example: String
    /// How many examples each class has, in the order of the classes.
    public var classCounts: [Int]
    /// SHA-256 of everything in it.
    public var fingerprint: String
    /// Examples that repeat an earlier one of the part.
    public var duplicates: Int
    /// Of those, the ones with another label.
    public var contradictions: Int
    /// Examples that also occur in the training part; nil for that part itself.
    public var alsoInTraining: Int?
    /// Images for which the training part has one that looks alike; nil for tables and for that part itself.
    public var looksLikeTraining: Int?
    /// For the first of those: which example, and which of the training part.
    public var examplesOfBoth: [[String]]
  }

  /// A column of a table.
  public struct Column: Sendable, Encodable {
    public var name: String
    public var kind: TableSchema.Kind
    /// Categories or known words.
    public var values: Int
    /// Rows of the training part without a value.
    public var missing: Int
    /// Smallest and largest number of the training part; nil where there is none.
    public var range: [Float]?
    /// Rows of the other parts with an unknown category.
    public var unknown: Int
  }

  public var name: String
  public var classes: [String]
  public var parts: [Part]
  /// Empty for images.
  public var columns: [Column]
  /// The column that holds the class; nil for images.
  public var label: String?
  /// Columns that the model is not given.
  public var passedOver: [String]
  /// The largest class of the training part over its smallest.
  public var imbalance: Double
  public var skipped: [DataBundle.Skipped]
  public var notes: [String]

  /// Reads every example; images of other parts than the training part are compared with it.
  public init(_ bundle: DataBundle) {
    name = bundle.name
    classes = bundle.train.classes
    let others = [("validation", bundle.validation), ("test", bundle.test)]
    parts =
      [Part("train", bundle.train, against: nil)]
      + others.compactMap { name, data in data.map { Part(name, $0, against: bundle.train) } }
    columns = bundle.schema.map { Self.columns($0, bundle) } ?? []
    label = bundle.schema?.labelName
    passedOver = bundle.schema?.passedOver ?? []
    imbalance = bundle.train.imbalance
    skipped = bundle.skipped
    notes = bundle.notes
  }

  private static func columns(_ schema: TableSchema, _ bundle: DataBundle) -> [Column] {
    var place = 0
    return schema.columns.map { column in
      defer { place += column.width }
      let own = place..<(place + column.width)
      let present = bundle.train.values(of: own).filter { !$0.isNaN }
      let others = [bundle.validation, bundle.test].compactMap { $0?.values(of: own) }.joined()
      let isNumeric = column.kind == .numeric
      let range =
        isNumeric ? present.min().flatMap { low in present.max().map { [low, $0] } } : nil
      return Column(
        name: column.name, kind: column.kind, values: column.values.count,
        missing: column.kind == .text ? 0 : bundle.train.count - present.count, range: range,
        unknown: column.kind == .categorical ? others.count { $0 == -1 } : 0)
    }
  }
}

extension DataInspection.Part {
  fileprivate init(_ name: String, _ data: Dataset, against train: Dataset?) {
    self.name = name
    count = data.count
    example = "\(data.features.dtype)\(data.exampleShape)"
    classCounts = data.classCounts
    fingerprint = data.fingerprint
    let repeated = ExactDuplicates(within: data).pairs
    duplicates = repeated.count
    contradictions = repeated.count { !$0.haveSameLabel }
    examplesOfBoth = []
    guard let train else { return }
    let shared = ExactDuplicates(of: data, in: train).pairs
    alsoInTraining = shared.count
    var pairs = shared.map { ($0.row, $0.original) }
    if data.kind == .image {
      let exact = Set(shared.map(\.row))
      let alike = LookAlikes(of: data, in: train).pairs.filter { !exact.contains($0.row) }
      looksLikeTraining = alike.count
      pairs += alike.map { ($0.row, $0.other) }
    }
    func called(_ row: Int, _ data: Dataset) -> String {
      data.names.isEmpty ? "\(row)" : data.names[row]
    }
    examplesOfBoth = pairs.prefix(10).map { [called($0, data), called($1, train)] }
  }
}

extension Dataset {
  /// The size of the largest class over that of the smallest that has examples.
  public var imbalance: Double {
    let counts = classCounts.filter { $0 > 0 }
    return Double(counts.max() ?? 0) / Double(max(1, counts.min() ?? 1))
  }

  /// The numbers of some columns of a table, row by row.
  fileprivate func values(of columns: Range<Int>) -> [Float] {
    guard kind == .table, columns.count == 1 else { return [] }
    let width = features.shape[1]
    return features.withUnsafeBytes { bytes in
      (0..<count).map {
        bytes.loadUnaligned(fromByteOffset: 4 * ($0 * width + columns.lowerBound), as: Float.self)
      }
    }
  }
}
