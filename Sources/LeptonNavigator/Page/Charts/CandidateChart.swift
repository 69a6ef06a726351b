/// Candidates by accuracy and what they take, with their intervals, the front that no other beats, and the chosen one.
struct CandidateChart {
  let candidates: [CandidateReport]
  let chosen: String?
  let price: Price
  /// Accuracy on test below which none would be accepted, with what asks for it.
  let bound: (accuracy: Double, why: String)?

  var html: String {
    guard candidates.count > 1 else { return "" }
    let byTime = chart(
      "Accuracy and latency", "ms for one example (median)",
      candidates.map { ($0.latency.p50, $0.intervals?.p50) })
    let byCost = chart(
      "Accuracy and cost", "$ per million on \(price.kind)",
      candidates.map { candidate in
        (
          candidate.costPerMillion,
          candidate.intervals.map {
            Interval(
              low: price.costPerMillion(throughput: $0.throughput.high),
              high: price.costPerMillion(throughput: $0.throughput.low))
          }
        )
      })
    return "<div class=\"charts\">\(byTime)\(byCost)</div>\n"
  }

  private func chart(
    _ name: String, _ title: String, _ takes: [(value: Double, interval: Interval?)]
  ) -> String {
    let accuracies = candidates.flatMap {
      [$0.accuracy, $0.accuracyInterval?.low, $0.accuracyInterval?.high].compactMap(\.self)
    }
    let plot = Plot(
      x: Axis(
        takes.flatMap { [$0.value, $0.interval?.low, $0.interval?.high].compactMap(\.self) },
        title: title, within: 0...Double.infinity, maySpread: 3),
      y: Axis(accuracies, title: "accuracy", within: 0...1))
    var marks = ""
    var legend = [HTML.key("whisker", "95 % intervals")]
    if chosen != nil { legend.insert(HTML.key("ring", "chosen"), at: 0) }
    if candidates.contains(where: { !$0.accepted }) {
      legend.append(HTML.key("dot refused", "refused"))
    }
    if let bound, plot.y.contains(bound.accuracy) {
      marks += plot.line(
        "bound", (plot.left, plot.up(bound.accuracy)), (plot.right, plot.up(bound.accuracy)))
      legend.append(HTML.key("bound", bound.why))
    }
    let front = ParetoFront.indices(
      ofPoints: zip(candidates, takes).map { [-$0.accuracy, $1.value] }
    ).sorted { takes[$0].value < takes[$1].value }
    if front.count > 1 { legend.append(HTML.key("front", "no other is better and takes less")) }
    marks += plot.path("front", front.map { (takes[$0].value, candidates[$0].accuracy) })
    for (index, candidate) in candidates.enumerated() {
      let (x, y) = (takes[index].value, candidate.accuracy)
      marks += plot.whisker("whisker", atX: x, candidate.accuracyInterval)
      marks += plot.whisker("whisker", atY: y, takes[index].interval)
    }
    for (index, candidate) in candidates.enumerated() {
      let (x, y) = (takes[index].value, candidate.accuracy)
      if candidate.name == chosen { marks += plot.dot("ring", x, y, radius: 9) }
      marks += plot.dot(
        "dot \(candidate.accepted ? "a" : "refused")", x, y, radius: 5,
        title: "\(candidate.name): accuracy \(Figures.accuracy(y)), \(Figures.digits(x))")
    }
    return HTML.figure(
      name, legend: legend,
      plot.svg("\(name) of each candidate", marks + labels(plot, takes.map(\.value))))
  }

  /// Names beside the points, one below the other where points are close.
  private func labels(_ plot: Plot, _ values: [Double]) -> String {
    var taken: [(x: Double, y: Double)] = []
    var text = ""
    let order = candidates.indices.sorted {
      plot.up(candidates[$0].accuracy) < plot.up(candidates[$1].accuracy)
    }
    for index in order {
      let (x, y) = (plot.across(values[index]), plot.up(candidates[index].accuracy))
      let isLeft = x > plot.right - 110
      let places = [-12, 22, -32, 42, -52, 62].map { y + $0 }
      let place = places.first { place in
        !taken.contains { abs($0.x - x) < 100 && abs($0.y - place) < 18 }
      }
      guard let place else { continue }
      taken.append((x, place))
      let name = HTML.clipped(candidates[index].name, to: 16)
      text += plot.text(
        "name\(isLeft ? " end" : "")\(candidates[index].name == chosen ? " strong" : "")",
        x + (isLeft ? -12 : 12), place, name)
    }
    return text
  }
}
