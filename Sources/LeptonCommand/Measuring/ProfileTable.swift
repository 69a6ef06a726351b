import LeptonCompiler
import LeptonGraph
import LeptonRuntime

/// Where the time of a run goes, step by step, the longest first.
struct ProfileTable: Encodable {
  struct Row: Encodable {
    let op: String
    let place: String
    let kernel: String
    let ms: Double
    /// Of the whole run.
    let share: Double
    let gflopPerS: Double
    let gbPerS: Double
  }

  let rows: [Row]

  /// Of a session compiled with `profiles`, run over and over for `seconds`.
  init(_ session: Session, seconds: Double, _ body: (Session) throws -> Void) throws {
    try body(session)
    session.resetProfile()
    _ = try RunTimes(seconds: seconds) { try body(session) }
    self.init(session.profile)
  }

  private init(_ steps: [StepProfile]) {
    let total = steps.reduce(0) { $0 + $1.seconds / Double(max(1, $1.runs)) }
    rows = steps.map { step in
      let seconds = step.seconds / Double(max(1, step.runs))
      let bytes = step.cost.bytesRead + step.cost.bytesWritten
      func rate(_ amount: Int) -> Double { seconds > 0 ? Double(amount) / seconds * 1e-9 : 0 }
      return Row(
        op: step.name, place: step.place, kernel: step.kernel, ms: seconds * 1e3,
        share: total > 0 ? seconds / total : 0, gflopPerS: rate(step.cost.flops),
        gbPerS: rate(bytes))
    }.sorted { $0.ms > $1.ms }
  }

  func encode(to encoder: any Encoder) throws { try rows.encode(to: encoder) }

  var text: String {
    var table = Table([
      ("op", .prose), ("time", .right), ("share", .right), ("GFLOP/s", .right), ("GB/s", .right),
      ("kernel", .prose), ("place", .prose),
    ])
    for row in rows {
      table.add([
        row.op, Figures.milliseconds(row.ms), Figures.percent(row.share),
        row.gflopPerS > 0 ? Figures.digits(row.gflopPerS) : "-",
        row.gbPerS > 0 ? Figures.digits(row.gbPerS) : "-", row.kernel, row.place,
      ])
    }
    return table.text()
  }
}
