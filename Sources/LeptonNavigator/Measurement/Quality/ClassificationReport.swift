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
    /// By bootstrap; by Wilson's score where there is no mistake, or nothing else.
    public var precisionInterval: Interval?
    public var recallInterval: Interval?
    /// By bootstrap.
    public var f1Interval: Interval?

    enum CodingKeys: String, CodingKey {
      case name, precision, recall, f1, support
      case precisionInterval = "precision_interval"
      case recallInterval = "recall_interval"
      case f1Interval = "f1_interval"
    }
  }

  /// The fraction told right.
  public var accuracy: Double
  /// By bootstrap; by Wilson's score where there is no mistake, or nothing else.
  public var accuracyInterval: Interval?
  /// Means over the classes, each counting the same.
  public var macroPrecision: Double
  public var macroRecall: Double
  public var macroF1: Double
  /// By bootstrap.
  public var macroF1Interval: Interval?
  public var count: Int
  public var classes: [ClassFigures]
  /// `confusion[true][predicted]`: how often.
  public var confusion: [[Int]]
  /// Whether probabilities can be believed; nil where only decisions are known.
  public var calibration: CalibrationReport?
  /// Of two classes: what other thresholds than one half would come to.
  public var thresholds: ThresholdReport?

  enum CodingKeys: String, CodingKey {
    case accuracy, count, classes, confusion, calibration, thresholds
    case accuracyInterval = "accuracy_interval"
    case macroPrecision = "macro_precision"
    case macroRecall = "macro_recall"
    case macroF1 = "macro_f1"
    case macroF1Interval = "macro_f1_interval"
  }

  /// From how often each class was taken for each. Classes that never come up have figures of 0.
  public init(confusion: [[Int]], names: [String], bootstrap: Bootstrap = Bootstrap()) {
    self.confusion = confusion
    let figures = ConfusionFigures(confusion)
    let bounds = ConfusionIntervals(confusion, bootstrap)
    classes = confusion.indices.map { index in
      ClassFigures(
        name: names.indices.contains(index) ? names[index] : "\(index)",
        precision: figures.precision[index], recall: figures.recall[index],
        f1: figures.f1[index], support: figures.support[index],
        precisionInterval: bounds.precision[index], recallInterval: bounds.recall[index],
        f1Interval: bounds.f1[index])
    }
    accuracy = figures.accuracy
    accuracyInterval = bounds.accuracy
    macroPrecision = figures.macroPrecision
    macroRecall = figures.macroRecall
    macroF1 = figures.macroF1
    macroF1Interval = bounds.macroF1
    count = figures.count
  }

  /// Everything that follows from what a model said of every example.
  ///
  /// - Parameter choosing: the examples by which thresholds are chosen; nil takes the same.
  public init(
    _ predictions: Predictions, choosing: Predictions? = nil, costs: MistakeCosts = MistakeCosts()
  ) {
    self.init(confusion: predictions.confusion, names: predictions.classes)
    calibration = CalibrationReport(predictions)
    thresholds = ThresholdReport(predictions, choosing: choosing, costs: costs)
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
    self.init(
      try Predictions(
        of: model, on: data, precision: precision, batch: batch, backend: backend,
        options: options))
  }

  /// A class and another that examples of it were taken for.
  public struct Confused: Sendable, Hashable, Codable {
    /// Places among the classes.
    public var label: Int
    public var decision: Int
    public var count: Int
  }

  /// The pairs of classes that are taken for each other most often, most often first.
  public func mostConfused(_ count: Int) -> [Confused] {
    let pairs = confusion.indices.flatMap { label in
      confusion[label].indices.filter { $0 != label && confusion[label][$0] > 0 }.map {
        Confused(label: label, decision: $0, count: confusion[label][$0])
      }
    }
    let sorted = pairs.sorted {
      ($1.count, $0.label, $0.decision) < ($0.count, $1.label, $1.decision)
    }
    return Array(sorted.prefix(count))
  }
}
