import Foundation
import LeptonNavigator

/// An evaluation for programs and for people.
struct EvaluationAnswer: Answer {
  let evaluation: ModelEvaluation
  /// The path of the page, where one was asked for.
  let page: String?

  func encode(to encoder: any Encoder) throws {
    try evaluation.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(page, forKey: .page)
  }

  private enum CodingKeys: CodingKey { case page }

  var text: String {
    let parts = [
      evaluation.report.map(classes), evaluation.report.map(confused), figures,
      page.map { "page  \($0)\n" },
    ]
    return parts.compactMap(\.self).filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private func classes(_ report: ClassificationReport) -> String {
    var table = Table([
      ("class", .left), ("precision", .right), ("recall", .right), ("f1", .right),
      ("95 % interval", .right), ("examples", .right),
    ])
    for figures in report.classes {
      table.add([
        figures.name, Figures.accuracy(figures.precision), Figures.accuracy(figures.recall),
        Figures.accuracy(figures.f1), Figures.interval(figures.f1Interval, Figures.accuracy),
        Figures.count(figures.support),
      ])
    }
    return table.text()
  }

  private func confused(_ report: ClassificationReport) -> String {
    let pairs = report.mostConfused(5)
    if pairs.isEmpty { return "" }
    var table = Table([("most confused", .left), ("taken for", .left), ("times", .right)])
    for pair in pairs {
      table.add([
        report.classes[pair.label].name, report.classes[pair.decision].name,
        Figures.count(pair.count),
      ])
    }
    return table.text()
  }

  private var figures: String {
    var table = Table([("", .left), ("", .left)])
    for (name, value) in quality + costs { table.add([name, value]) }
    return table.body()
  }

  private var quality: [(String, String)] {
    let examples = "\(Figures.count(evaluation.count)) examples (\(evaluation.part) part)"
    if let report = evaluation.regression {
      return [
        ("examples", examples),
        ("MAE", figure(report.meanAbsoluteError, report.meanAbsoluteErrorInterval)),
        ("RMSE", figure(report.rootMeanSquaredError, report.rootMeanSquaredErrorInterval)),
        (
          "R2",
          report.determination.map { figure($0, report.determinationInterval) }
            ?? "undefined: all targets are the same"
        ),
      ]
    }
    guard let report = evaluation.report else { return [("examples", examples)] }
    var rows = [
      ("accuracy", "\(accuracy(report.accuracy, report.accuracyInterval)), \(examples)"),
      ("macro F1", accuracy(report.macroF1, report.macroF1Interval)),
    ]
    if let calibration = report.calibration {
      rows.append(
        (
          "calibration",
          "ECE \(accuracy(calibration.error, calibration.errorInterval)) in "
            + "\(calibration.bins.count) bins, log loss "
            + "\(figure(calibration.logLoss, calibration.logLossInterval)), Brier "
            + "\(figure(calibration.brier, calibration.brierInterval))"
        ))
    }
    guard let thresholds = report.thresholds else { return rows }
    rows.append(
      (
        "ranking",
        "ROC AUC \(accuracy(thresholds.rocArea, thresholds.rocAreaInterval)), average precision "
          + accuracy(thresholds.averagePrecision, thresholds.averagePrecisionInterval)
      ))
    return rows
      + thresholds.choices.map {
        (
          $0.rule,
          "from \(Figures.digits($0.threshold)) up: precision \(Figures.accuracy($0.precision)), "
            + "recall \(Figures.accuracy($0.recall)), F1 \(Figures.accuracy($0.f1)), cost "
            + "\(Figures.digits($0.cost)) for an example"
        )
      }
  }

  private var costs: [(String, String)] {
    let costs = evaluation.costs
    let (latency, bounds) = (costs.speed.latency, costs.speed.intervals)
    return [
      (
        "latency",
        "p50 \(Figures.milliseconds(latency.p50)) "
          + "(\(Figures.interval(bounds?.p50, Figures.milliseconds))), "
          + "p95 \(Figures.milliseconds(latency.p95)) "
          + "(\(Figures.interval(bounds?.p95, Figures.milliseconds)))"
      ),
      (
        "throughput",
        "\(Figures.count(Int(costs.speed.throughput))) examples/s "
          + "(\(Figures.interval(bounds?.throughput) { Figures.count(Int($0)) }))"
      ),
      ("file", Figures.bytes(costs.bytes)),
      ("parameters", Figures.count(costs.parameters)),
      ("arithmetic", "\(Figures.flops(costs.flops)) for an example"),
      ("peak memory", Figures.bytes(costs.memory.bytes)),
      ("cost", "\(Figures.digits(costs.costPerMillion)) $ for a million predictions"),
      (
        "energy",
        "\(Figures.kilowattHours(costs.energy.perMillion)) for a million predictions"
          + (costs.energy.isEstimate ? " (an estimate)" : "")
      ),
    ]
  }

  private func accuracy(_ value: Double, _ interval: Interval?) -> String {
    "\(Figures.accuracy(value)) (\(Figures.interval(interval, Figures.accuracy)))"
  }

  private func figure(_ value: Double, _ interval: Interval?) -> String {
    "\(Figures.digits(value)) (\(Figures.interval(interval, Figures.digits)))"
  }
}
