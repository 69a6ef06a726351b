import LeptonNavigator

/// Candidates side by side, and what became of each.
struct CandidateTable {
  private let candidates: [CandidateReport]
  private let chosen: String?

  init(_ candidates: [CandidateReport], chosen: String?) {
    self.candidates = candidates
    self.chosen = chosen
  }

  var text: String {
    var table = Table([
      ("", .left), ("accuracy", .right), ("p50 ms", .right), ("p95 ms", .right), ("per s", .right),
      ("file", .right), ("memory", .right), ("$/million", .right),
    ])
    for candidate in candidates {
      table.add([
        (candidate.name == chosen ? "* " : "  ") + candidate.name,
        Figures.accuracy(candidate.accuracy), Figures.digits(candidate.latency.p50),
        Figures.digits(candidate.latency.p95), Figures.count(Int(candidate.throughput)),
        Figures.bytes(candidate.bytes), Figures.bytes(candidate.peakRSS),
        Figures.digits(candidate.costPerMillion),
      ])
    }
    let reasons = candidates.map { Prose.wrapped("\($0.name): \($0.reason)") }.joined()
    return table.text() + "\n" + reasons
  }
}
