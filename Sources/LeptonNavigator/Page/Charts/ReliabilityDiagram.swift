/// How often a model is right where it is so sure (DeGroot and Fienberg, 1983), and below, how often it is.
struct ReliabilityDiagram {
  let calibration: CalibrationReport

  var html: String {
    let plot = Plot(
      x: .unit(""), y: .unit(""), height: 360, bottom: 240)
    var marks = plot.path("diagonal", [(0, 0), (1, 1)])
    for bin in calibration.bins where bin.count > 0 {
      let (left, right) = (plot.across(bin.low) + 1, plot.across(bin.high) - 1)
      let (top, bottom) = (plot.up(bin.accuracy), plot.up(0))
      marks += rect("bar", left, top, right, bottom, plot)
      marks += plot.whisker("whisker", atX: bin.confidence, bin.interval)
      marks += plot.dot(
        "dot a", bin.confidence, bin.accuracy, radius: 4,
        title: "\(Figures.places(bin.low, 2)) to \(Figures.places(bin.high, 2)): "
          + "\(Figures.count(bin.count)) examples, mean probability "
          + "\(Figures.accuracy(bin.confidence)), accuracy \(Figures.accuracy(bin.accuracy))")
    }
    return HTML.figure(
      "Reliability",
      legend: [
        HTML.key("dot a", "accuracy in each of \(calibration.bins.count) bins"),
        HTML.key("whisker", "95 % interval"), HTML.key("diagonal", "perfect calibration"),
      ],
      Plot.picture(
        "Accuracy by probability of the decision", width: plot.width, height: plot.height,
        plot.frame + marks + counts(below: plot)))
  }

  /// Examples in each bin.
  private func counts(below plot: Plot) -> String {
    let (top, bottom) = (plot.bottom + 28, plot.bottom + 88)
    let most = Double(calibration.bins.map(\.count).max() ?? 1)
    var marks = plot.line("grid", (plot.left, bottom), (plot.right, bottom))
    for bin in calibration.bins where bin.count > 0 {
      let height = max(1, (bottom - top) * Double(bin.count) / max(1, most))
      marks += rect(
        "count-bar", plot.across(bin.low) + 1, bottom - height, plot.across(bin.high) - 1, bottom,
        plot)
    }
    marks += plot.text("tick end", plot.left - 8, top + 8, Figures.count(Int(most)))
    marks += plot.text("tick end", plot.left - 8, bottom, "0")
    marks += plot.text("axis", plot.left - 56, bottom + 24, "↑ examples")
    marks += plot.text("axis end", plot.right, bottom + 24, "probability of the decision")
    return marks
  }

  private func rect(
    _ style: String, _ left: Double, _ top: Double, _ right: Double, _ bottom: Double, _ plot: Plot
  ) -> String {
    "<rect class=\"\(style)\" x=\"\(plot.number(left))\" y=\"\(plot.number(top))\" "
      + "width=\"\(plot.number(right - left))\" height=\"\(plot.number(max(0, bottom - top)))\"/>"
  }
}
