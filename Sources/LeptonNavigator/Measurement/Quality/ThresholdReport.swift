/// What the two kinds of mistakes cost, and how many positive examples must be found.
public struct MistakeCosts: Sendable, Hashable, Codable {
  public var falsePositive: Double
  public var falseNegative: Double
  /// The recall that the third threshold has to reach.
  public var recall: Double

  enum CodingKeys: String, CodingKey {
    case recall = "target_recall"
    case falsePositive = "false_positive"
    case falseNegative = "false_negative"
  }

  public init(falsePositive: Double = 1, falseNegative: Double = 1, recall: Double = 0.9) {
    self.falsePositive = falsePositive
    self.falseNegative = falseNegative
    self.recall = recall
  }
}

/// Of a model for two classes: how well its probabilities rank, and where to put the threshold between the classes.
public struct ThresholdReport: Sendable, Hashable, Codable {
  /// A threshold and what it comes to.
  public struct Choice: Sendable, Hashable, Codable {
    /// `one half`, `best F1`, `least cost`, `recall of 0.9`.
    public var rule: String
    /// Examples with a probability of at least this much are said to be positive.
    public var threshold: Double
    public var precision: Double
    public var recall: Double
    public var f1: Double
    public var falsePositives: Int
    public var falseNegatives: Int
    /// Of the mistakes, for an example.
    public var cost: Double

    enum CodingKeys: String, CodingKey {
      case rule, threshold, precision, recall, f1, cost
      case falsePositives = "false_positives"
      case falseNegatives = "false_negatives"
    }
  }

  /// A point of both curves.
  public struct Point: Sendable, Hashable, Codable {
    public var threshold: Double
    public var recall: Double
    public var falsePositiveRate: Double
    public var precision: Double

    enum CodingKeys: String, CodingKey {
      case threshold, recall, precision
      case falsePositiveRate = "false_positive_rate"
    }
  }

  /// The second class.
  public var positive: String
  /// Examples of it.
  public var positives: Int
  public var negatives: Int
  /// The area under the ROC curve.
  public var rocArea: Double
  public var rocAreaInterval: Interval?
  /// The area under the precision-recall curve, as steps.
  public var averagePrecision: Double
  public var averagePrecisionInterval: Interval?
  public var costs: MistakeCosts
  public var choices: [Choice]
  /// Whether thresholds were chosen by other examples than those that judge them here.
  public var isChosenElsewhere: Bool
  /// The curves from the highest threshold down, at most 200 points.
  public var points: [Point]

  enum CodingKeys: String, CodingKey {
    case positive, positives, negatives, costs, choices, points
    case rocArea = "roc_auc"
    case rocAreaInterval = "roc_auc_interval"
    case averagePrecision = "average_precision"
    case averagePrecisionInterval = "average_precision_interval"
    case isChosenElsewhere = "chosen_on_other_examples"
  }

  static let mostPoints = 200

  /// Nil where there are not two classes with examples of both.
  ///
  /// - Parameters:
  ///   - choosing: examples to choose thresholds by; nil, or ones that lack a class, takes the same.
  ///   - bootstrap: nil takes as many resamples as are quick.
  public init?(
    _ predictions: Predictions, choosing: Predictions? = nil, costs: MistakeCosts = MistakeCosts(),
    bootstrap: Bootstrap? = nil
  ) {
    guard let ranking = Ranking(predictions) else { return nil }
    let curve = RankingCurve(ranking)
    positive = predictions.classes[1]
    (positives, negatives) = (curve.positives, curve.negatives)
    (rocArea, averagePrecision) = (curve.rocArea, curve.averagePrecision)
    let bootstrap = bootstrap ?? .ofExamples(predictions.count * 3)
    let intervals = bootstrap.intervals(of: [Int](repeating: 1, count: predictions.count)) {
      let drawn = RankingCurve(ranking, counts: $0)
      return [drawn.rocArea, drawn.averagePrecision]
    }
    (rocAreaInterval, averagePrecisionInterval) = (intervals[0], intervals[1])
    self.costs = costs
    let other = choosing.flatMap { Ranking($0) }
    isChosenElsewhere = other != nil
    choices = ThresholdRule.allCases.compactMap { rule in
      rule.threshold(on: other.map { RankingCurve($0) } ?? curve, costs).map {
        Choice(rule.name(costs), $0, on: ranking, costs)
      }
    }
    points = curve.thinned(to: Self.mostPoints).map { point in
      Point(
        threshold: point.threshold, recall: Double(point.truePositives) / Double(curve.positives),
        falsePositiveRate: Double(point.falsePositives) / Double(curve.negatives),
        precision: Double(point.truePositives)
          / Double(max(1, point.truePositives + point.falsePositives)))
    }
  }
}

extension Ranking {
  /// By the probability of the second of two classes.
  fileprivate init?(_ predictions: Predictions) {
    let labels = Set(predictions.labels)
    guard predictions.classes.count == 2, labels.count == 2 else { return nil }
    self.init(
      scores: (0..<predictions.count).map { predictions.probability(of: 1, $0) },
      isPositive: predictions.labels.map { $0 == 1 })
  }
}

/// Ways to choose a threshold.
private enum ThresholdRule: CaseIterable {
  case half, f1, cost, recall

  func name(_ costs: MistakeCosts) -> String {
    switch self {
    case .half: "one half"
    case .f1: "best F1"
    case .cost: "least cost"
    case .recall: "recall of \(costs.recall)"
    }
  }

  func threshold(on curve: RankingCurve, _ costs: MistakeCosts) -> Double? {
    func best(_ score: (RankingCurve.Point) -> Double) -> Double? {
      curve.points.max { score($0) < score($1) }?.threshold
    }
    switch self {
    case .half: return 0.5
    case .f1:
      return best {
        2 * Double($0.truePositives)
          / Double($0.truePositives + $0.falsePositives + curve.positives)
      }
    case .cost:
      return best {
        -costs.falsePositive * Double($0.falsePositives)
          - costs.falseNegative * Double(curve.positives - $0.truePositives)
      }
    case .recall:
      return curve.points.first {
        Double($0.truePositives) >= costs.recall * Double(curve.positives)
      }?.threshold
    }
  }
}

extension ThresholdReport.Choice {
  fileprivate init(
    _ rule: String, _ threshold: Double, on ranking: Ranking, _ costs: MistakeCosts
  ) {
    var (truePositives, falsePositives, falseNegatives) = (0, 0, 0)
    for (score, isPositive) in zip(ranking.scores, ranking.isPositive) {
      switch (score >= threshold, isPositive) {
      case (true, true): truePositives += 1
      case (true, false): falsePositives += 1
      case (false, true): falseNegatives += 1
      case (false, false): break
      }
    }
    func ratio(_ part: Int, _ whole: Int) -> Double {
      whole == 0 ? 0 : Double(part) / Double(whole)
    }
    self.rule = rule
    self.threshold = threshold
    precision = ratio(truePositives, truePositives + falsePositives)
    recall = ratio(truePositives, truePositives + falseNegatives)
    f1 = ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives)
    self.falsePositives = falsePositives
    self.falseNegatives = falseNegatives
    cost =
      (costs.falsePositive * Double(falsePositives) + costs.falseNegative * Double(falseNegatives))
      / Double(max(1, ranking.scores.count))
  }
}

extension RankingCurve {
  /// At most so many points, evenly spread over the examples, the last one included.
  fileprivate func thinned(to count: Int) -> [Point] {
    guard points.count > count else { return points }
    return (0..<count).map { points[$0 * (points.count - 1) / (count - 1)] }
  }
}
