/// What was chosen and why, in words, with what was asked for.
struct ChoiceSection {
  let report: RunReport

  var html: String {
    let words = "<p class=\"lead\">\(sentences.map(HTML.text).joined(separator: " "))</p>\n"
    return words + tiles
  }

  private var sentences: [String] {
    guard let chosen = report.chosen else {
      return ["Nothing was chosen: no candidate meets the requirement."]
    }
    let count = report.candidates.count
    let accepted = report.candidates.filter(\.accepted).count
    let first =
      "Of \(count) \(count == 1 ? "candidate" : "candidates"), \(accepted) "
      + "\(accepted == 1 ? "meets" : "meet") the requirement; \(chosen.name) was chosen for "
      + "\(report.policy.aim)."
    return [first, chosen.name == report.baseline.name ? baseline : comparison(chosen)]
  }

  private var baseline: String {
    "It is the model as trained: no smaller form was a measured win."
  }

  private func comparison(_ chosen: CandidateReport) -> String {
    let base = report.baseline
    let points = 100 * (chosen.accuracy - base.accuracy)
    let accuracy =
      abs(points) < 0.005
      ? "is as accurate on test"
      : "has \(Figures.places(abs(points), 2)) points "
        + "\(points > 0 ? "more" : "less") accuracy on test"
    return "Against the model as trained it \(accuracy), takes "
      + "\(Figures.percent(chosen.latency.p50 / base.latency.p50)) of the time for one example, "
      + "\(Figures.percent(Double(chosen.bytes) / Double(max(1, base.bytes)))) of the bytes and "
      + "\(Figures.percent(chosen.costPerMillion / base.costPerMillion)) of the money."
  }

  private var tiles: String {
    let candidate = report.chosen ?? report.baseline
    let bounds = candidate.intervals
    return HTML.tiles([
      (report.chosen == nil ? "baseline" : "chosen", candidate.name, ""),
      (
        "accuracy on test", Figures.accuracy(candidate.accuracy),
        Figures.interval(candidate.accuracyInterval, Figures.accuracy)
      ),
      (
        "latency, median", Figures.milliseconds(candidate.latency.p50),
        Figures.interval(bounds?.p50, Figures.milliseconds)
      ),
      (
        "per second", Figures.count(Int(candidate.throughput)),
        Figures.interval(bounds?.throughput) { Figures.count(Int($0)) }
      ),
      ("file", Figures.bytes(candidate.bytes), "\(Figures.count(candidate.parameters)) parameters"),
      ("memory", Figures.bytes(candidate.peakRSS), "peak"),
      (
        "$ for a million", Figures.digits(candidate.costPerMillion),
        "on \(report.hardware.price.kind)"
      ),
      (
        "energy for a million",
        candidate.energy.map { Figures.kilowattHours($0.perMillion) } ?? "-",
        candidate.energy?.isEstimate == false ? "measured" : "an estimate"
      ),
    ])
  }
}
