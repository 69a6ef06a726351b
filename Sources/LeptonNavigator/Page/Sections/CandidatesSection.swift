/// The candidates beside each other: in a picture, in figures, and what became of each.
struct CandidatesSection {
  let report: RunReport

  var html: String {
    CandidateChart(
      candidates: report.candidates, chosen: report.chosen?.name, price: report.hardware.price,
      bound: bound
    ).html + table + verdicts + requirement
      + HTML.note(
        "Small below a figure: its 95 % interval, of accuracy by bootstrap, of time over rounds of "
          + "repeated runs in which candidates take turns; below the money, the energy.")
  }

  /// What accuracy on test must not fall below.
  private var bound: (accuracy: Double, why: String)? {
    let drop = report.requirement.maxAccuracyDrop.map {
      (report.baseline.accuracy - $0, "at most \(percent($0)) lost")
    }
    let least = report.requirement.minAccuracy.map { ($0, "at least \(Figures.accuracy($0))") }
    return [drop, least].compactMap(\.self).max { $0.0 < $1.0 }.map { ($0.0, $0.1) }
  }

  private var table: String {
    func cell(_ value: String, _ interval: String?) -> String {
      HTML.escaped(value) + (interval.map { "<small>\(HTML.escaped($0))</small>" } ?? "")
    }
    return HTML.table(
      [
        ("", false), ("accuracy", true), ("macro F1", true), ("p50", true), ("p95", true),
        ("per second", true), ("file", true), ("memory", true),
        ("$ per million", true),
      ],
      markup: report.candidates.map { candidate in
        let bounds = candidate.intervals
        return (
          [
            HTML.name(candidate.name),
            cell(
              Figures.accuracy(candidate.accuracy),
              Figures.interval(candidate.accuracyInterval, Figures.accuracy)),
            cell(
              Figures.accuracy(candidate.macroF1),
              Figures.interval(candidate.test.macroF1Interval, Figures.accuracy)),
            cell(
              Figures.milliseconds(candidate.latency.p50),
              Figures.interval(bounds?.p50, Figures.milliseconds)),
            cell(
              Figures.milliseconds(candidate.latency.p95),
              Figures.interval(bounds?.p95, Figures.milliseconds)),
            cell(
              Figures.count(Int(candidate.throughput)),
              Figures.interval(bounds?.throughput) { Figures.count(Int($0)) }),
            cell(Figures.bytes(candidate.bytes), nil), cell(Figures.bytes(candidate.peakRSS), nil),
            cell(
              Figures.digits(candidate.costPerMillion),
              candidate.energy.map { Figures.kilowattHours($0.perMillion) }),
          ], candidate.name == report.chosen?.name
        )
      })
  }

  private var verdicts: String {
    let items = report.candidates.map { candidate in
      "<li><b>\(HTML.name(candidate.name))</b>: "
        + "\(candidate.accepted ? "" : "refused: ")\(HTML.text(candidate.reason))</li>"
    }
    return "<ul>\(items.joined())</ul>\n"
  }

  private var requirement: String {
    let bounds = report.requirement
    let asked = [
      bounds.maxAccuracyDrop.map { "at most \(percent($0)) of accuracy may be lost" },
      bounds.minAccuracy.map { "accuracy of at least \(percent($0))" },
      bounds.latencyP95.map { "95 of 100 examples within \(Figures.milliseconds($0))" },
      bounds.peakMemory.map { "at most \(Figures.digits($0)) MB of memory" },
      bounds.maxBytes.map { "a file of at most \(Figures.bytes($0))" },
      bounds.costPerMillion.map { "at most \(Figures.digits($0)) $ for a million predictions" },
    ].compactMap(\.self)
    return HTML.paragraph(
      asked.isEmpty
        ? "Nothing was required; the choice is by the policy \(report.policy.rawValue): "
          + "\(report.policy.aim)."
        : "Required: \(asked.joined(separator: "; ")). Among those that meet it the choice is "
          + "by the policy \(report.policy.rawValue): \(report.policy.aim).")
  }
}
