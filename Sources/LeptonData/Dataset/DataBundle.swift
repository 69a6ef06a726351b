import LeptonValues

/// The parts of one data set, as its publisher divided it.
public struct DataBundle: Sendable {
  /// A file that was passed over, and why.
  public struct Skipped: Sendable, Hashable, Encodable {
    public var file: String
    public var reason: String
  }

  /// What the user called it.
  public var name: String
  public var train: Dataset
  /// Nil where the source brings none: split it off `train`.
  public var validation: Dataset?
  /// Nil where the source brings none: split it off `train`.
  public var test: Dataset?
  /// How the columns of a table become features; nil for images.
  public var schema: TableSchema?
  /// Files that could not be read.
  public var skipped: [Skipped]
  /// What was decided or filled in on reading, a sentence each.
  public var notes: [String] = []

  public init(
    name: String, train: Dataset, validation: Dataset? = nil, test: Dataset? = nil,
    schema: TableSchema? = nil, skipped: [Skipped] = []
  ) {
    self.name = name
    self.train = train
    self.validation = validation
    self.test = test
    self.schema = schema
    self.skipped = skipped
  }
}

extension DataBundle {
  /// Itself, where every part has examples of one shape and the same classes.
  ///
  /// - Throws: `LeptonError` of kind `badInput` naming the part that differs.
  package func verified() throws -> DataBundle {
    for (part, dataset) in [("validation", validation), ("test", test)] {
      guard let dataset else { continue }
      guard dataset.exampleShape == train.exampleShape else {
        throw LeptonError(
          .badInput,
          "examples of the \(part) part are \(dataset.exampleShape), of the training part "
            + "\(train.exampleShape)",
          at: dataset.origin, fix: "bring both into one shape")
      }
      guard dataset.classes == train.classes else {
        throw LeptonError(
          .badInput,
          "the \(part) part has \(dataset.classes.count) classes, the training part "
            + "\(train.classes.count), or others",
          at: dataset.origin, fix: "label both parts alike")
      }
    }
    return self
  }
}

extension DataBundle {
  /// With a note where a class of the training part is rare.
  package func notingImbalance() -> DataBundle {
    let counts = zip(train.classes, train.classCounts)
    guard train.imbalance > Self.notableImbalance, let most = counts.max(by: { $0.1 < $1.1 }),
      let least = counts.filter({ $0.1 > 0 }).min(by: { $0.1 < $1.1 })
    else { return self }
    var bundle = self
    bundle.notes.append(
      "classes are unequal: \(most.1) examples of \"\(most.0)\", \(least.1) of \"\(least.0)\"; "
        + "look at recall and F1 of each class, not at accuracy alone")
    return bundle
  }

  /// Classes less unequal than this are nothing to speak of.
  private static let notableImbalance = 10.0
}

extension DataBundle: CustomStringConvertible {
  /// One line for each part.
  public var description: String {
    var lines = ["train: \(train)"]
    if let validation { lines.append("validation: \(validation)") }
    if let test { lines.append("test: \(test)") }
    if !skipped.isEmpty { lines.append("skipped: \(skipped.count) files") }
    lines += notes.map { "note: \($0)" }
    return lines.joined(separator: "\n")
  }
}
