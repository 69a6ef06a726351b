package import Foundation

/// What was measured of one model, as a page.
struct EvaluationPage {
  let evaluation: ModelEvaluation

  var html: String {
    var page = HTML(
      title: evaluation.name,
      subtitle: "\(Figures.count(evaluation.count)) examples of the \(evaluation.part) part of "
        + evaluation.data)
    page.body = tiles
    let part = "the \(evaluation.part) part"
    if let report = evaluation.report {
      page.section(
        "Quality",
        QualitySection(report: report, confused: evaluation.mistakes, part: part).html)
    }
    if let report = evaluation.regression {
      page.section("Quality", HTML.facts(Self.facts(report)))
    }
    page.section("Cost", cost)
    return page.text
  }

  private var tiles: String {
    let costs = evaluation.costs
    let bounds = costs.speed.intervals
    let quality: [(name: String, value: String, note: String)]
    if let report = evaluation.report {
      quality = [
        (
          "accuracy", Figures.accuracy(report.accuracy),
          Figures.interval(report.accuracyInterval, Figures.accuracy)
        ),
        (
          "macro F1", Figures.accuracy(report.macroF1),
          Figures.interval(report.macroF1Interval, Figures.accuracy)
        ),
      ]
    } else {
      quality =
        evaluation.regression.map { report in
          [
            (
              "MAE", Figures.digits(report.meanAbsoluteError),
              Figures.interval(report.meanAbsoluteErrorInterval, Figures.digits)
            )
          ]
        } ?? []
    }
    return HTML.tiles(
      quality + [
        (
          "latency, median", Figures.milliseconds(costs.speed.latency.p50),
          Figures.interval(bounds?.p50, Figures.milliseconds)
        ),
        (
          "per second", Figures.count(Int(costs.speed.throughput)),
          Figures.interval(bounds?.throughput) { Figures.count(Int($0)) }
        ),
        ("file", Figures.bytes(costs.bytes), "\(Figures.count(costs.parameters)) parameters"),
        ("memory", Figures.bytes(costs.memory.bytes), "peak"),
        (
          "$ for a million", Figures.digits(costs.costPerMillion), "on \(evaluation.price.kind)"
        ),
        (
          "energy for a million", Figures.kilowattHours(costs.energy.perMillion),
          costs.energy.isEstimate ? "an estimate" : "measured"
        ),
      ])
  }

  private var cost: String {
    HTML.facts([
      ("file", evaluation.file),
      ("arithmetic", "\(Figures.flops(evaluation.costs.flops)) for an example"),
      ("peak memory", evaluation.costs.memory.source), ("energy", evaluation.costs.energy.source),
      (
        "price",
        "\(Figures.digits(evaluation.price.dollarsPerHour)) $ an hour for \(evaluation.price.kind), "
          + "list price of \(evaluation.price.asOf), \(evaluation.price.source)"
      ), ("intervals", "95 %: of quality by bootstrap, of speed over rounds of repeated runs"),
    ])
  }

  private static func facts(_ report: RegressionReport) -> [(String, String)] {
    func figure(_ value: Double, _ interval: Interval?) -> String {
      "\(Figures.digits(value)) (\(Figures.interval(interval, Figures.digits)))"
    }
    return [
      ("mean absolute error", figure(report.meanAbsoluteError, report.meanAbsoluteErrorInterval)),
      (
        "root mean squared error",
        figure(report.rootMeanSquaredError, report.rootMeanSquaredErrorInterval)
      ),
      (
        "R²",
        report.determination.map { figure($0, report.determinationInterval) }
          ?? "undefined: all targets are the same"
      ),
    ]
  }
}

extension ModelEvaluation {
  /// Writes a page of it, all or nothing.
  package func writePage(to file: URL) throws {
    try EvaluationPage(evaluation: self).html.writePage(to: file)
  }
}
