/// ROC and precision-recall curves of a model for two classes, with the thresholds that were chosen.
struct RankingCurves {
  let report: ThresholdReport

  var html: String {
    let negatives = Double(max(1, report.negatives))
    let roc = chart(
      "ROC curve, area \(Figures.accuracy(report.rocArea))", "false positive rate",
      "true positive rate",
      [(0, 0)] + report.points.map { ($0.falsePositiveRate, $0.recall) },
      report.choices.map { (Double($0.falsePositives) / negatives, $0.recall) },
      chance: [(0, 0), (1, 1)])
    let share = Double(report.positives) / Double(max(1, report.positives + report.negatives))
    let precision = chart(
      "Precision and recall, area \(Figures.accuracy(report.averagePrecision))", "recall",
      "precision", report.points.map { ($0.recall, $0.precision) },
      report.choices.map { ($0.recall, $0.precision) }, chance: [(0, share), (1, share)])
    return "<div class=\"charts\">\(roc)\(precision)</div>\n"
  }

  private func chart(
    _ name: String, _ x: String, _ y: String, _ points: [(Double, Double)],
    _ chosen: [(Double, Double)], chance: [(Double, Double)]
  ) -> String {
    let plot = Plot(x: .unit(x), y: .unit(y))
    var marks = plot.path("diagonal", chance) + plot.path("line a", points)
    // Rules that come to the same share a point and a label.
    let points = Dictionary(grouping: chosen.indices) { "\(chosen[$0])" }
    for rules in points.values.sorted(by: { $0[0] < $1[0] }) {
      let point = chosen[rules[0]]
      marks += plot.dot(
        "dot b", point.0, point.1, radius: 5,
        title: rules.map { report.choices[$0].rule }.joined(separator: ", "))
      let isRight = point.0 < 0.5
      marks += plot.text(
        isRight ? "name" : "name end", plot.across(point.0) + (isRight ? 10 : -10),
        plot.up(point.1) + 15, rules.map { "\($0 + 1)" }.joined(separator: ", "))
    }
    return HTML.figure(
      name,
      legend: [HTML.key("diagonal", "chance")]
        + report.choices.enumerated().map {
          HTML.key("dot b", "\($0.offset + 1) \($0.element.rule)")
        },
      plot.svg(name, marks))
  }
}
