/// Two classes told apart by a score: what every threshold comes to.
struct RankingCurve {
  /// Deciding for the positive class from `threshold` up.
  struct Point {
    let threshold: Double
    let truePositives: Int
    let falsePositives: Int
  }

  let positives: Int
  let negatives: Int
  /// From the highest threshold down; one for each score that comes up.
  let points: [Point]

  /// - Parameter counts: how often each example counts; nil for once.
  init(_ ranking: Ranking, counts: [Int]? = nil) {
    var (truePositives, falsePositives) = (0, 0)
    var points: [Point] = []
    for (place, example) in ranking.order.enumerated() {
      let count = counts?[example] ?? 1
      if ranking.isPositive[example] { truePositives += count } else { falsePositives += count }
      // Examples with the same score are on the same side of every threshold.
      if place + 1 < ranking.order.count,
        ranking.scores[ranking.order[place + 1]] == ranking.scores[example]
      {
        continue
      }
      points.append(
        Point(
          threshold: ranking.scores[example], truePositives: truePositives,
          falsePositives: falsePositives))
    }
    (positives, negatives) = (truePositives, falsePositives)
    self.points = points
  }

  /// The area under the ROC curve: the chance that a positive example has the higher score. Not a number where one class is
  /// missing.
  var rocArea: Double {
    var (area, last) = (0.0, (x: 0.0, y: 0.0))
    for point in points {
      let (x, y) = (Double(point.falsePositives), Double(point.truePositives))
      area += (x - last.x) * (y + last.y) / 2
      last = (x, y)
    }
    return area / (Double(positives) * Double(negatives))
  }

  /// The sum of precisions, each weighing the recall that its threshold adds. Not a number without positive examples.
  var averagePrecision: Double {
    var (sum, last) = (0.0, 0)
    for point in points where point.truePositives > last {
      let precision =
        Double(point.truePositives) / Double(point.truePositives + point.falsePositives)
      sum += precision * Double(point.truePositives - last)
      last = point.truePositives
    }
    return sum / Double(positives)
  }
}

/// Examples by falling score.
struct Ranking {
  let scores: [Double]
  let isPositive: [Bool]
  let order: [Int]

  init(scores: [Double], isPositive: [Bool]) {
    self.scores = scores
    self.isPositive = isPositive
    order = scores.indices.sorted { scores[$0] > scores[$1] }
  }
}
