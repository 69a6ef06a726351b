/// A figure of two models on the same examples.
public struct PairedDifference: Sendable, Hashable, Codable {
  /// `accuracy`, `log loss`.
  public var name: String
  public var a: Double
  public var b: Double
  /// B less A.
  public var difference: Double
  /// By paired bootstrap: both models are judged on the same resample.
  public var interval: Interval?
  /// Whether less is better, as of errors.
  public var lessIsBetter: Bool
  /// Whether the interval leaves 0 out.
  public var isSignificant: Bool

  enum CodingKeys: String, CodingKey {
    case name, a, b, difference, interval
    case lessIsBetter = "less_is_better"
    case isSignificant = "significant"
  }

  public init(_ name: String, a: Double, b: Double, interval: Interval?, lessIsBetter: Bool) {
    self.name = name
    self.a = a
    self.b = b
    difference = b - a
    self.interval = interval
    self.lessIsBetter = lessIsBetter
    isSignificant = interval.map { !$0.contains(0) } ?? false
  }
}

extension PairedDifference {
  /// Accuracy, macro F1, log loss, Brier score and calibration error of two classifiers.
  ///
  /// Both must have been shown the same examples in the same order.
  public static func ofQuality(_ a: Predictions, _ b: Predictions, seed: UInt64 = 0) -> [Self] {
    precondition(a.labels == b.labels && a.classes == b.classes, "predictions of the same examples")
    return ofDecisions(a, b, seed: seed) + ofProbabilities(a, b, seed: seed)
  }

  /// MAE and RMSE of two models that predict numbers.
  public static func ofErrors(
    _ a: [Double], _ b: [Double], targets: [Double], seed: UInt64 = 0
  ) -> [Self] {
    let (gapsA, gapsB) = (zip(a, targets).map { $0 - $1 }, zip(b, targets).map { $0 - $1 })
    func errors(_ gaps: [Double], _ counts: [Int]) -> [Double] {
      let n = Double(max(1, counts.reduce(0, +)))
      let (distance, squares) = zip(gaps, counts).reduce((0.0, 0.0)) { sums, next in
        let weight = Double(next.1)
        return (sums.0 + weight * abs(next.0), sums.1 + weight * next.0 * next.0)
      }
      return [distance / n, (squares / n).squareRoot()]
    }
    return paired(
      ["MAE", "RMSE"], cells: [Int](repeating: 1, count: targets.count), lessIsBetter: true,
      .ofExamples(2 * targets.count, seed: seed), { errors(gapsA, $0) }, { errors(gapsB, $0) })
  }

  /// Examples that have the same class and the same two decisions stand in one cell.
  private static func ofDecisions(_ a: Predictions, _ b: Predictions, seed: UInt64) -> [Self] {
    struct Cell: Hashable {
      let label: Int
      let a: Int
      let b: Int
    }
    var places: [Cell: Int] = [:]
    var cells: [Cell] = []
    var counts: [Int] = []
    for example in 0..<a.count {
      let cell = Cell(
        label: a.labels[example], a: a.decisions[example], b: b.decisions[example])
      if let place = places[cell] {
        counts[place] += 1
      } else {
        places[cell] = cells.count
        cells.append(cell)
        counts.append(1)
      }
    }
    let classes = a.classes.count
    let ofA = ConfusionCells(classes, cells.map { ($0.label, $0.a) })
    let ofB = ConfusionCells(classes, cells.map { ($0.label, $0.b) })
    func figures(_ cells: ConfusionCells, _ counts: [Int]) -> [Double] {
      let drawn = ConfusionFigures(cells, counts)
      return [drawn.accuracy, drawn.macroF1]
    }
    return paired(
      ["accuracy", "macro F1"], cells: counts, lessIsBetter: false, Bootstrap(seed: seed),
      { figures(ofA, $0) }, { figures(ofB, $0) })
  }

  private static func ofProbabilities(_ a: Predictions, _ b: Predictions, seed: UInt64) -> [Self] {
    let bins = CalibrationReport.usualBins
    let (ofA, ofB) = (ProbabilityErrors(a, bins: bins), ProbabilityErrors(b, bins: bins))
    return paired(
      ["calibration error", "log loss", "Brier score"],
      cells: [Int](repeating: 1, count: a.count), lessIsBetter: true,
      .ofExamples(2 * a.count, seed: seed), ofA.figures, ofB.figures)
  }

  private static func paired(
    _ names: [String], cells: [Int], lessIsBetter: Bool, _ bootstrap: Bootstrap,
    _ a: ([Int]) -> [Double], _ b: ([Int]) -> [Double]
  ) -> [Self] {
    let (wholeA, wholeB) = (a(cells), b(cells))
    let intervals = bootstrap.intervals(of: cells) { counts in
      zip(a(counts), b(counts)).map { $1 - $0 }
    }
    return names.indices.map {
      PairedDifference(
        names[$0], a: wholeA[$0], b: wholeB[$0], interval: intervals[$0],
        lessIsBetter: lessIsBetter)
    }
  }
}
