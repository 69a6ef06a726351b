import LeptonCPU
import LeptonNavigator

/// Where the time of a run goes, the longest step first.
struct ProfileTable: Encodable {
  private let profile: RunProfile
  private let algorithms: AlgorithmReport
  private var rows: [RunProfile.Step] { profile.steps.sorted { $0.ms > $1.ms } }

  init(_ profile: RunProfile, _ algorithms: AlgorithmReport) {
    self.profile = profile
    self.algorithms = algorithms
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
    var kernels = Table([("kernel", .left), ("steps", .right), ("share", .right)])
    for kernel in algorithms.kernels {
      kernels.add([kernel.name, "\(kernel.steps)", Figures.percent(kernel.share)])
    }
    return table.text() + "\n" + kernels.text() + "\nceiling: \(profile.ceilings.summary)\n"
  }
}
