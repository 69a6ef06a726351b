import LeptonCompiler

/// A profile on a page: by which algorithms, the picture, and the figures of each step.
struct ProfileSection {
  let profile: RunProfile
  let algorithms: AlgorithmReport
  /// The root of the picture.
  let name: String

  var html: String {
    let tree = FlameTree(profile, name: name)
    return facts + CeilingScale.legend + FlameChart(tree, .across).svg
      + FlameChart(tree, .down).svg
      + HTML.note("The ceiling is \(profile.ceilings.summary).")
      + HTML.details("Kernels", kernels)
      + HTML.details("All \(profile.steps.count) steps", steps)
  }

  private var facts: String {
    let convolutions = algorithms.convolutions
    var sentences = [
      "\(Figures.milliseconds(algorithms.ms)), every step at its quickest, for a batch of \(algorithms.batch) on "
        + "\(algorithms.threads) \(algorithms.threads == 1 ? "thread" : "threads") of "
        + "\(algorithms.processor), arithmetic in \(algorithms.arithmetic.shares)"
        + "\(Precision.remark(algorithms.precision, algorithms.arithmetic))."
    ]
    if convolutions.winograd + convolutions.direct > 0 {
      sentences.append(
        "Of \(convolutions.winograd + convolutions.direct) convolutions \(convolutions.winograd) "
          + "by Winograd's algorithm, \(convolutions.direct) direct (choice: \(algorithms.choice))."
      )
    }
    return HTML.paragraph(sentences.joined(separator: " "))
  }

  private var kernels: String {
    HTML.table(
      [("kernel", false), ("steps", true), ("share of the time", true)],
      algorithms.kernels.map {
        ([$0.name, "\($0.steps)", Figures.percent($0.share)], false)
      })
  }

  private var steps: String {
    func figure(_ value: Double, _ text: (Double) -> String) -> String {
      value > 0 ? text(value) : "-"
    }
    return HTML.table(
      [
        ("operation", false), ("place", false), ("time", true), ("share", true), ("GFLOP/s", true),
        ("GB/s", true), ("of the ceiling", true), ("kernel", false), ("layout", false),
      ],
      profile.steps.sorted { $0.ms > $1.ms }.map { step in
        (
          [
            step.op, step.place, Figures.milliseconds(step.ms), Figures.percent(step.share),
            figure(step.gflopPerS, Figures.digits), figure(step.gbPerS, Figures.digits),
            figure(step.ofCeiling, Figures.percent), step.kernelName, step.layout,
          ], false
        )
      })
  }
}
