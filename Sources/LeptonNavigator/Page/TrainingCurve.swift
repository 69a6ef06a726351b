import LeptonTraining

/// Loss and accuracy by epoch, as a picture.
struct TrainingCurve {
  private let history: [EpochRecord]
  private static let height = 180.0

  init(_ history: [EpochRecord]) { self.history = history }

  /// Empty with less than two epochs.
  var svg: String {
    guard history.count > 1 else { return "" }
    let accuracy = history.compactMap { $0.validationAccuracy ?? $0.trainAccuracy }
    let loss = history.map(\.monitoredLoss)
    let curves = [
      accuracy.count == history.count ? curve(accuracy, "accuracy", "a", Figures.accuracy) : "",
      curve(loss, "loss", "b", Figures.digits),
    ]
    return "<div class=\"tiles curves\">\(curves.joined())</div>\n"
  }

  /// From the least to the largest value; the first and the last are written out.
  private func curve(
    _ values: [Double], _ name: String, _ style: String, _ text: (Double) -> String
  ) -> String {
    let (low, high) = (values.min()!, values.max()!)
    let points = values.enumerated().map { index, value in
      let x = 1000 * Double(index) / Double(values.count - 1)
      let y = Self.height * (1 - (value - low) / max(high - low, 1e-12))
      return "\(Figures.places(x, 1)) \(Figures.places(y, 1))"
    }
    return """
      <div class="curve"><dt>\(name) on validation, epoch 1 to \(values.count): \
      \(text(values[0])) to \(text(values[values.count - 1]))</dt>\
      <svg viewBox="0 -6 1000 \(Figures.places(Self.height + 12, 0))" width="100%" height="120" \
      preserveAspectRatio="none" role="img" aria-label="\(name) by epoch">\
      <path class="\(style)" d="M\(points.joined(separator: "L"))"/></svg></div>
      """
  }
}
