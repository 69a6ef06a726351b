import Foundation

/// Whether a model is as often right as it is sure.
///
/// The expected calibration error (Naeini et al., 2015; Guo et al., "On calibration of modern neural networks", 2017):
/// examples are sorted into bins of equal width by the probability of the decision, and the gaps between a bin's accuracy
/// and its mean probability are averaged, each weighing as many examples as it has.
public struct CalibrationReport: Sendable, Hashable, Codable {
  /// Examples whose decision has a probability in `(low, high]`.
  public struct Bin: Sendable, Hashable, Codable {
    public var low: Double
    public var high: Double
    public var count: Int
    /// The mean probability of the decisions; 0 for none.
    public var confidence: Double
    /// The fraction of them that is right; 0 for none.
    public var accuracy: Double
    /// Wilson's score interval of the accuracy.
    public var interval: Interval?
  }

  public var bins: [Bin]
  /// The mean gap between probability and accuracy: ECE.
  public var error: Double
  /// By bootstrap; it lies a little high, since resampling adds noise to every bin.
  public var errorInterval: Interval?
  /// The largest gap of a bin.
  public var largestError: Double
  /// The mean of -log of the probability of the right class: natural logarithm, probabilities of at least 1e-15.
  public var logLoss: Double
  public var logLossInterval: Interval?
  /// The mean of the squared distance between the probabilities and the truth, over all classes: from 0 to 2.
  public var brier: Double
  public var brierInterval: Interval?

  enum CodingKeys: String, CodingKey {
    case bins, brier
    case error = "expected_calibration_error"
    case errorInterval = "expected_calibration_error_interval"
    case largestError = "largest_calibration_error"
    case logLoss = "log_loss"
    case logLossInterval = "log_loss_interval"
    case brierInterval = "brier_interval"
  }

  /// Bins that are usual in the literature.
  public static let usualBins = 15

  /// - Parameter bootstrap: nil takes as many resamples as are quick.
  public init(_ predictions: Predictions, bins: Int = usualBins, bootstrap: Bootstrap? = nil) {
    let examples = ProbabilityErrors(predictions, bins: bins)
    let whole = examples.figures([Int](repeating: 1, count: predictions.count))
    self.bins = (0..<bins).map { examples.bin($0, of: bins) }
    (error, logLoss, brier) = (whole[0], whole[1], whole[2])
    largestError =
      self.bins.filter { $0.count > 0 }.map { abs($0.accuracy - $0.confidence) }.max() ?? 0
    let bootstrap = bootstrap ?? .ofExamples(predictions.count)
    let intervals = bootstrap.intervals(
      of: [Int](repeating: 1, count: predictions.count), examples.figures)
    (errorInterval, logLossInterval, brierInterval) = (intervals[0], intervals[1], intervals[2])
  }
}

/// What each example adds to the figures of a model's probabilities.
struct ProbabilityErrors {
  private let binCount: Int
  private var bins: [Int32] = []
  private var confidences: [Float] = []
  private var hits: [Float] = []
  private(set) var logLosses: [Double] = []
  private(set) var briers: [Double] = []

  init(_ predictions: Predictions, bins: Int) {
    binCount = bins
    let classes = predictions.classes.count
    for example in 0..<predictions.count {
      let confidence = predictions.confidence(example)
      let place = Int((confidence * Double(bins)).rounded(.up)) - 1
      self.bins.append(Int32(min(max(place, 0), bins - 1)))
      confidences.append(Float(confidence))
      hits.append(predictions.isRight(example) ? 1 : 0)
      let label = predictions.labels[example]
      logLosses.append(-log(min(1, max(1e-15, predictions.probability(of: label, example)))))
      briers.append(
        (0..<classes).reduce(0.0) { sum, index in
          let gap = predictions.probability(of: index, example) - (index == label ? 1 : 0)
          return sum + gap * gap
        })
    }
  }

  /// Calibration error, log loss and Brier score where each example counts as often as `counts` says.
  func figures(_ counts: [Int]) -> [Double] {
    var gaps = [Double](repeating: 0, count: binCount)
    var (logLoss, brier, total) = (0.0, 0.0, 0)
    gaps.withUnsafeMutableBufferPointer { gaps in
      counts.withUnsafeBufferPointer { counts in
        for example in 0..<counts.count where counts[example] > 0 {
          let count = Double(counts[example])
          gaps[Int(bins[example])] += count * Double(hits[example] - confidences[example])
          logLoss += count * logLosses[example]
          brier += count * briers[example]
          total += counts[example]
        }
      }
    }
    guard total > 0 else { return [.nan, .nan, .nan] }
    let all = Double(total)
    return [gaps.reduce(0) { $0 + abs($1) } / all, logLoss / all, brier / all]
  }

  func bin(_ index: Int, of count: Int) -> CalibrationReport.Bin {
    let inside = bins.indices.filter { bins[$0] == Int32(index) }
    let right = inside.reduce(Float(0)) { $0 + hits[$1] }
    let size = Double(max(1, inside.count))
    return CalibrationReport.Bin(
      low: Double(index) / Double(count), high: Double(index + 1) / Double(count),
      count: inside.count,
      confidence: inside.reduce(0.0) { $0 + Double(confidences[$1]) } / size,
      accuracy: Double(right) / size,
      interval: inside.isEmpty ? nil : .ofProportion(Int(right), of: inside.count))
  }
}
