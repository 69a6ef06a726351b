public import LeptonCPU
public import LeptonCompiler
public import LeptonData
public import LeptonGraph
public import LeptonRuntime
import LeptonValues

/// How well a model tells classes apart on a data set.
public struct ClassificationReport: Sendable, Hashable, Codable {
  /// Figures of one class.
  public struct ClassFigures: Sendable, Hashable, Codable {
    public var name: String
    /// Of the examples said to be of the class, the fraction that are.
    public var precision: Double
    /// Of the examples of the class, the fraction found.
    public var recall: Double
    /// The harmonic mean of both.
    public var f1: Double
    /// Examples of the class.
    public var support: Int
  }

  /// The fraction told right.
  public var accuracy: Double
  /// Means over the classes, each counting the same.
  public var macroPrecision: Double
  public var macroRecall: Double
  public var macroF1: Double
  public var count: Int
  public var classes: [ClassFigures]
  /// `confusion[true][predicted]`: how often.
  public var confusion: [[Int]]

  enum CodingKeys: String, CodingKey {
    case accuracy, count, classes, confusion
    case macroPrecision = "macro_precision"
    case macroRecall = "macro_recall"
    case macroF1 = "macro_f1"
  }

  /// From how often each class was taken for each. Classes that never come up have figures of 0.
  public init(confusion: [[Int]], names: [String]) {
    self.confusion = confusion
    let total = confusion.joined().reduce(0, +)
    let right = confusion.indices.reduce(0) { $0 + confusion[$1][$1] }
    func ratio(_ part: Int, _ whole: Int) -> Double {
      whole == 0 ? 0 : Double(part) / Double(whole)
    }
    classes = confusion.indices.map { index in
      let support = confusion[index].reduce(0, +)
      let predicted = confusion.reduce(0) { $0 + $1[index] }
      let precision = ratio(confusion[index][index], predicted)
      let recall = ratio(confusion[index][index], support)
      return ClassFigures(
        name: names.indices.contains(index) ? names[index] : "\(index)", precision: precision,
        recall: recall,
        f1: precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0,
        support: support)
    }
    let present = Double(max(1, classes.count))
    accuracy = ratio(right, total)
    macroPrecision = classes.reduce(0) { $0 + $1.precision } / present
    macroRecall = classes.reduce(0) { $0 + $1.recall } / present
    macroF1 = classes.reduce(0) { $0 + $1.f1 } / present
    count = total
  }
}

extension ClassificationReport {
  /// Runs a model over every example of a data set.
  ///
  /// - Throws: `LeptonError` of kind `badInput` where model and data do not fit.
  public init(
    of model: Model, on data: Dataset, precision: Precision = .f32, batch: Int = 32,
    backend: any Backend = CPUBackend(), options: CompileOptions = CompileOptions()
  ) throws {
    let batch = max(1, min(batch, data.count))
    let session = try Session(
      model.withBatch(batch), precision: precision, backend: backend, options: options)
    let labels = data.labels.array(of: Int32.self)
    let classes = data.classes.count
    var confusion = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
    for start in stride(from: 0, to: data.count, by: batch) {
      let rows = Array(start..<min(start + batch, data.count))
      // Examples that fill the last batch up are not counted.
      let filled = rows + [Int](repeating: start, count: batch - rows.count)
      let results = try session.run([data.subset(filled).features])
      let predictions = try Self.decisions(results, classes: classes, batch: batch, of: model)
      for (slot, row) in rows.enumerated() { confusion[Int(labels[row])][predictions[slot]] += 1 }
    }
    self.init(confusion: confusion, names: data.classes)
  }

  /// The class of each example: the largest output, or for a single output its sign.
  private static func decisions(
    _ results: [TensorData], classes: Int, batch: Int, of model: Model
  ) throws -> [Int] {
    guard let output = results.first, results.count == 1 else {
      throw LeptonError(
        .badInput, "model \(model.graph.name) has \(results.count) outputs; a classifier has one")
    }
    let values = output.floats
    let width = values.count / batch
    if width == 1, classes == 2 { return values.map { $0 > 0 ? 1 : 0 } }
    guard width == classes else {
      throw LeptonError(
        .badInput, "the model tells \(width) classes apart, the data have \(classes)",
        at: model.facts.name, fix: "evaluate on data with the classes that it was trained for")
    }
    return (0..<batch).map { example in
      let row = values[(example * width)..<((example + 1) * width)]
      return row.indices.max { row[$0] < row[$1] }! - row.startIndex
    }
  }
}
