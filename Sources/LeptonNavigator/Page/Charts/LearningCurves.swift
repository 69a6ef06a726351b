import LeptonTraining

/// Loss and accuracy by epoch, of training and validation, as two pictures.
struct LearningCurves {
  let history: [EpochRecord]
  let best: EpochRecord?

  /// A line of a picture.
  private struct Curve {
    let style: String
    let name: String
    let points: [(epoch: Double, value: Double)]
  }

  /// Empty without an epoch.
  var html: String {
    guard !history.isEmpty else { return "" }
    let loss = curves({ $0.trainLoss }, { $0.validationLoss })
    let accuracy = curves({ $0.trainAccuracy }, { $0.validationAccuracy })
    let charts = [
      chart("Loss", loss, within: 0...Double.infinity, maySpread: 8, Figures.digits),
      chart("Accuracy", accuracy, within: 0...1, maySpread: .infinity, Figures.accuracy),
    ]
    return "<div class=\"charts\">\(charts.joined())</div>\n"
  }

  private func curves(
    _ train: (EpochRecord) -> Double?, _ validation: (EpochRecord) -> Double?
  ) -> [Curve] {
    func points(_ value: (EpochRecord) -> Double?) -> [(epoch: Double, value: Double)] {
      history.compactMap { record in
        value(record).flatMap { $0.isFinite ? (Double(record.epoch), $0) : nil }
      }
    }
    return [
      Curve(style: "a", name: "train", points: points(train)),
      Curve(style: "b", name: "validation", points: points(validation)),
    ].filter { !$0.points.isEmpty }
  }

  private func chart(
    _ name: String, _ curves: [Curve], within: ClosedRange<Double>, maySpread: Double,
    _ text: (Double) -> String
  ) -> String {
    let values = curves.flatMap { $0.points.map(\.value) }
    if values.isEmpty { return "" }
    let plot = Plot(
      x: Axis(wholeFrom: 1, to: max(2, history.count), title: "epoch"),
      y: Axis(values, title: name.lowercased(), within: within, maySpread: maySpread))
    var marks = ""
    if let best {
      let place = plot.across(Double(best.epoch))
      marks += plot.line("bound", (place, plot.top), (place, plot.bottom))
    }
    for curve in curves {
      marks += plot.path("line \(curve.style)", curve.points.map { ($0.epoch, $0.value) })
      marks += curve.points.map { epoch, value in
        plot.dot(
          "dot \(curve.style)", epoch, value, radius: history.count > 40 ? 1.5 : 3.5,
          title: "epoch \(Int(epoch)), \(curve.name): \(text(value))")
      }.joined()
    }
    let keys = curves.map {
      HTML.key($0.style, "\($0.name), \(text($0.points[$0.points.count - 1].value)) at the end")
    }
    let kept = best.map { [HTML.key("bound", "epoch \($0.epoch) is kept")] } ?? []
    return HTML.figure(
      name, legend: keys + kept, plot.svg("\(name) by epoch, train and validation", marks))
  }
}
