import LeptonTraining

/// A run's report as a page to show: the choice, the candidates, where the time goes, how it was trained.
struct ReportPage {
  let report: RunReport
  /// Of the chosen model, or of the model as trained where none was chosen.
  let inference: RunProfile
  let training: RunProfile

  var html: String {
    var page = HTML(
      title: report.name,
      subtitle: "\(report.training.architecture) on \(report.data.spec), "
        + "\(report.environment.processor), \(report.environment.date)")
    page.body = verdict
    page.section("Candidates", candidates)
    let subject = report.algorithms.model
    page.section(
      "Where the time of \(subject) goes",
      ProfileSection(
        profile: inference, algorithms: report.algorithms.inference, name: subject
      ).html)
    page.section("Training", trained)
    page.section(
      "Where the time of a training step goes",
      ProfileSection(
        profile: training, algorithms: report.algorithms.training,
        name: report.training.architecture
      ).html)
    page.section("Data", data)
    return page.text
  }

  private var verdict: String {
    guard let chosen = report.chosen else {
      return HTML.paragraph(
        "No candidate meets the requirement. \(report.infeasibleBecause ?? "")")
    }
    return HTML.tiles([
      ("chosen", chosen.name), ("accuracy on test", Figures.accuracy(chosen.accuracy)),
      ("latency, median", Figures.milliseconds(chosen.latency.p50)),
      ("examples a second", Figures.count(Int(chosen.throughput))),
      ("file", Figures.bytes(chosen.bytes)), ("memory", Figures.bytes(chosen.peakRSS)),
      ("$ for a million", Figures.digits(chosen.costPerMillion)),
    ])
  }

  private var candidates: String {
    let table = HTML.table(
      [
        ("", false), ("accuracy", true), ("p50", true), ("p95", true), ("per second", true),
        ("file", true), ("memory", true), ("$ for a million", true),
      ],
      report.candidates.map { candidate in
        (
          [
            candidate.name, Figures.accuracy(candidate.accuracy),
            Figures.milliseconds(candidate.latency.p50),
            Figures.milliseconds(candidate.latency.p95), Figures.count(Int(candidate.throughput)),
            Figures.bytes(candidate.bytes), Figures.bytes(candidate.peakRSS),
            Figures.digits(candidate.costPerMillion),
          ], candidate.name == report.chosen?.name
        )
      })
    return table
      + report.candidates.map { HTML.paragraph("\($0.name): \($0.reason)") }.joined()
      + HTML.paragraph("Cost: \(report.hardware.assumption).")
  }

  private var trained: String {
    let training = report.training
    let rate = Figures.count(Int(training.samplesPerSecond))
    return HTML.paragraph(
      "\(training.epochs) \(training.epochs == 1 ? "epoch" : "epochs") in \(ProgressLine.duration(training.seconds)), \(rate) examples a "
        + "second; \(training.ending).") + TrainingCurve(training.history).svg
  }

  private var data: String {
    let order = ["train", "validation", "calibration", "test"]
    let counts = order.map { "\($0) \(Figures.count(report.data.counts[$0] ?? 0))" }
    return HTML.paragraph(
      "\(report.data.spec), \(report.data.classes.count) classes: "
        + counts.joined(separator: ", ") + ".")
      + report.notes.map { HTML.paragraph($0) }.joined()
  }
}
