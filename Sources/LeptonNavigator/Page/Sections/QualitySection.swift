import Foundation

/// How well a model tells classes apart, on a page: mistakes, classes, probabilities.
struct QualitySection {
  let report: ClassificationReport
  let confused: [ConfusedPair]
  /// Which examples: `the test part`.
  let part: String

  var html: String {
    HTML.paragraph(summary) + charts + gallery
      + (report.thresholds.map(thresholds) ?? "") + classes
  }

  private var summary: String {
    let right = Int((report.accuracy * Double(report.count)).rounded())
    var text =
      "\(Figures.count(right)) of \(Figures.count(report.count)) examples of \(part) are told right: "
      + "accuracy \(Figures.accuracy(report.accuracy)) "
      + "(\(Figures.interval(report.accuracyInterval, Figures.accuracy))), "
      + "macro F1 \(Figures.accuracy(report.macroF1)) "
      + "(\(Figures.interval(report.macroF1Interval, Figures.accuracy)))."
    if let calibration = report.calibration {
      text +=
        " Probabilities are off by \(Figures.digits(100 * calibration.error)) points on average "
        + "(expected calibration error \(Figures.accuracy(calibration.error)), "
        + "\(Figures.interval(calibration.errorInterval, Figures.accuracy)), in "
        + "\(calibration.bins.count) bins of equal width); log loss "
        + "\(Figures.digits(calibration.logLoss)) "
        + "(\(Figures.interval(calibration.logLossInterval, Figures.digits))), Brier score "
        + "\(Figures.digits(calibration.brier)) "
        + "(\(Figures.interval(calibration.brierInterval, Figures.digits)))."
    }
    return text + " In brackets: 95 % intervals, by bootstrap."
  }

  private var charts: String {
    "<div class=\"charts\">\(ConfusionMatrix(report).html)"
      + "\(report.calibration.map { ReliabilityDiagram(calibration: $0).html } ?? "")</div>\n"
  }

  private var gallery: String {
    guard !confused.isEmpty else { return "" }
    let pairs = confused.map { pair in
      let pictures = pair.examples.compactMap(picture)
      let shown =
        pictures.isEmpty
        ? "<p>\(pair.examples.count == 1 ? "row" : "rows") \(pair.examples.map { "\($0.row)" }.joined(separator: ", "))</p>"
        : "<div class=\"pictures\">\(pictures.joined())</div>"
      return "<figure><h3>\(HTML.name(pair.label)) taken for \(HTML.name(pair.decision))</h3>"
        + "<p>\(Figures.count(pair.count)) \(pair.count == 1 ? "time" : "times")</p>\(shown)</figure>\n"
    }
    return "<h3>Most often confused</h3>\n<p class=\"note\">The examples of which the model was "
      + "surest; below each, how sure.</p>\n<div class=\"confused\">\(pairs.joined())</div>\n"
  }

  private func picture(_ example: ConfusedPair.Example) -> String? {
    guard let bytes = example.picture else { return nil }
    let source = Data(bytes).base64EncodedString()
    // Width and height stand in the PNG's first chunk.
    let isCoarse = bytes.count > 24 && bytes[16..<19].allSatisfy { $0 == 0 } && bytes[19] <= 64
    return "<div><img\(isCoarse ? " class=\"coarse\"" : "") alt=\"example \(example.row)\" "
      + "title=\"example \(example.row) of \(HTML.escaped(part))\" "
      + "src=\"data:image/png;base64,\(source)\">\(Figures.percent(example.confidence))</div>"
  }

  private func thresholds(_ report: ThresholdReport) -> String {
    let remark =
      report.isChosenElsewhere
      ? "Thresholds were chosen on other examples than those that judge them here."
      : "Thresholds were chosen on the same examples that judge them, so they are a little flattered."
    return "<h3>Where to draw the line</h3>\n"
      + HTML.paragraph(
        "An example is said to be \(report.positive) from a threshold of its probability up. "
          + "Area under the ROC curve \(Figures.accuracy(report.rocArea)) "
          + "(\(Figures.interval(report.rocAreaInterval, Figures.accuracy))), average precision "
          + "\(Figures.accuracy(report.averagePrecision)) "
          + "(\(Figures.interval(report.averagePrecisionInterval, Figures.accuracy))). \(remark)")
      + RankingCurves(report: report).html
      + HTML.table(
        [
          ("rule", false), ("threshold", true), ("precision", true), ("recall", true), ("F1", true),
          ("false alarms", true), ("missed", true), ("cost of an example", true),
        ],
        report.choices.enumerated().map { index, choice in
          (
            [
              "\(index + 1) \(choice.rule)", Figures.digits(choice.threshold),
              Figures.accuracy(choice.precision), Figures.accuracy(choice.recall),
              Figures.accuracy(choice.f1), Figures.count(choice.falsePositives),
              Figures.count(choice.falseNegatives), Figures.digits(choice.cost),
            ], false
          )
        })
      + HTML.note(
        "One that is wrongly said to be \(report.positive) costs "
          + "\(Figures.digits(report.costs.falsePositive)), one that is missed "
          + "\(Figures.digits(report.costs.falseNegative)).")
  }

  private var classes: String {
    let table = HTML.table(
      [
        ("class", false), ("precision", true), ("95 %", true), ("recall", true), ("95 %", true),
        ("F1", true), ("95 %", true), ("examples", true),
      ],
      report.classes.map { figures in
        func interval(_ interval: Interval?) -> String {
          Figures.interval(interval) { Figures.places($0, 3) }
        }
        return (
          [
            figures.name, Figures.accuracy(figures.precision), interval(figures.precisionInterval),
            Figures.accuracy(figures.recall), interval(figures.recallInterval),
            Figures.accuracy(figures.f1), interval(figures.f1Interval),
            Figures.count(figures.support),
          ], false
        )
      })
    return report.classes.count <= 12
      ? "<h3>Classes</h3>\n\(table)" : HTML.details("All \(report.classes.count) classes", table)
  }
}
