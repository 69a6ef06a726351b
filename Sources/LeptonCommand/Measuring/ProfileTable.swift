import LeptonCPU
import LeptonCompiler
import LeptonGraph
import LeptonRuntime

/// Where the time of a run goes, step by step, the longest first.
struct ProfileTable: Encodable {
  struct Row: Encodable {
    let op: String
    let place: String
    let kernel: String
    let layout: String
    let ms: Double
    /// Of the whole run.
    let share: Double
    let gflopPerS: Double
    let gbPerS: Double
    /// The least time that the machine's arithmetic or memory allow, over the time.
    let ofCeiling: Double
  }

  /// In the order in which they run.
  let steps: [Row]
  let ceilings: Ceilings
  private var rows: [Row] { steps.sorted { $0.ms > $1.ms } }

  /// Of a session compiled with `profiles`, run over and over for `seconds`.
  init(
    _ session: Session, threads: Int, seconds: Double, _ body: (Session) throws -> Void
  ) throws {
    try body(session)
    session.resetProfile()
    _ = try RunTimes(seconds: seconds) { try body(session) }
    self.init(session.profile, try Ceilings(threads: threads))
  }

  private init(_ steps: [StepProfile], _ ceilings: Ceilings) {
    self.ceilings = ceilings
    let total = steps.reduce(0) { $0 + $1.seconds / Double(max(1, $1.runs)) }
    self.steps = steps.map { step in
      let seconds = step.seconds / Double(max(1, step.runs))
      let bytes = step.cost.bytesRead + step.cost.bytesWritten
      func rate(_ amount: Int) -> Double { seconds > 0 ? Double(amount) / seconds * 1e-9 : 0 }
      return Row(
        op: step.name, place: step.place, kernel: step.kernel, layout: step.layout,
        ms: seconds * 1e3,
        share: total > 0 ? seconds / total : 0, gflopPerS: rate(step.cost.flops),
        gbPerS: rate(bytes),
        ofCeiling: seconds > 0 ? ceilings.floor(of: step.cost, in: step.arithmetic) / seconds : 0)
    }
  }

  func encode(to encoder: any Encoder) throws { try rows.encode(to: encoder) }

  var text: String {
    var table = Table([
      ("op", .prose), ("time", .right), ("share", .right), ("GFLOP/s", .right), ("GB/s", .right),
      ("ceiling", .right), ("kernel", .prose), ("layout", .prose), ("place", .prose),
    ])
    for row in rows {
      table.add([
        row.op, Figures.milliseconds(row.ms), Figures.percent(row.share),
        row.gflopPerS > 0 ? Figures.digits(row.gflopPerS) : "-",
        row.gbPerS > 0 ? Figures.digits(row.gbPerS) : "-",
        row.ofCeiling > 0 ? Figures.percent(row.ofCeiling) : "-", row.kernel, row.layout,
        row.place,
      ])
    }
    let flops = Figures.digits(ceilings.flopsPerSecond * 1e-9)
    let bytes = Figures.digits(ceilings.bytesPerSecond * 1e-9)
    return table.text()
      + "\nceiling: \(flops) GFLOP/s in f32, \(bytes) GB/s, measured; what stays in caches can pass it"
  }
}
