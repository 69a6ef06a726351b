/// How often each class was taken for each, as a heat map: what is right in one colour, mistakes in another.
struct ConfusionMatrix {
  private let report: ClassificationReport
  /// The classes that are shown: all, or those with the most mistakes.
  private let shown: [Int]

  static let mostClasses = 100

  init(_ report: ClassificationReport) {
    self.report = report
    let all = Array(report.classes.indices)
    guard all.count > Self.mostClasses else {
      shown = all
      return
    }
    let mistakes = all.map { label in
      all.reduce(0) { sum, other in
        other == label ? sum : sum + report.confusion[label][other] + report.confusion[other][label]
      }
    }
    shown = all.sorted { mistakes[$0] > mistakes[$1] }.prefix(Self.mostClasses).sorted()
  }

  var html: String {
    let note =
      shown.count < report.classes.count
      ? [
        HTML.key("", "the \(shown.count) classes with the most mistakes of \(report.classes.count)")
      ] : []
    return HTML.figure(
      "Confusion matrix",
      legend: [
        HTML.key("hit", "right"), HTML.key("miss", "taken for another class"),
        HTML.key("", "rows: what it is; columns: what the model says"),
      ] + note, svg)
  }

  private var cell: Double { shown.count <= 12 ? 40 : shown.count <= 24 ? 26 : 9 }
  private var isWritten: Bool { shown.count <= 24 }
  private var letters: Int { min(14, shown.map { report.classes[$0].name.count }.max() ?? 1) }

  private var svg: String {
    let size = shown.count <= 12 ? 12.0 : 11.0
    let gutter = isWritten ? Double(letters) * size * 0.6 + 14 : 2
    // Slanted names of the columns need less height than length, and reach beyond the last column.
    let isSlanted = isWritten && letters > 3
    let head = !isWritten ? 2 : isSlanted ? gutter * 0.72 + 8 : 24
    let extent = cell * Double(shown.count)
    var content = ""
    for (place, label) in shown.enumerated() where isWritten {
      let name = HTML.escaped(HTML.clipped(report.classes[label].name, to: 14))
      let middle = cell * (Double(place) + 0.5)
      content += """
        <text class="tick end" style="font-size:\(size)px" x="\(number(gutter - 8))" \
        y="\(number(head + middle + size / 3))">\(name)</text>
        """
      let (x, y) = (number(gutter + middle), number(head - 8))
      content += """
        <text class="tick \(isSlanted ? "" : "middle")" style="font-size:\(size)px" x="\(x)" \
        y="\(y)"\(isSlanted ? " transform=\"rotate(-45 \(x) \(y))\"" : "")>\(name)</text>
        """
    }
    for (row, label) in shown.enumerated() {
      for (column, decision) in shown.enumerated() {
        content += square(
          label, decision, x: gutter + cell * Double(column), y: head + cell * Double(row))
      }
    }
    let width = gutter + extent + (isSlanted ? gutter * 0.5 : 4)
    return """
      <svg class="plot matrix" style="max-width:\(number(max(width, 300)))px" \
      viewBox="0 0 \(number(width)) \(number(head + extent + 4))" role="img" \
      aria-label="Confusion matrix">\(content)</svg>

      """
  }

  private func square(_ label: Int, _ decision: Int, x: Double, y: Double) -> String {
    let count = report.confusion[label][decision]
    let share = Double(count) / Double(max(1, report.classes[label].support))
    let isHit = label == decision
    // A few mistakes among many examples must still be seen.
    let strength = count == 0 ? 0 : isHit ? 0.08 + 0.5 * share : 0.12 + 0.75 * share.squareRoot()
    let title =
      "\(report.classes[label].name) taken for \(report.classes[decision].name): "
      + "\(Figures.count(count)) of \(Figures.count(report.classes[label].support)) "
      + "(\(Figures.percent(share)))"
    let written =
      isWritten && count > 0
      ? "<text class=\"count\" style=\"font-size:\(cell > 30 ? 12 : 9)px\" x=\"\(number(x + cell / 2))\" "
        + "y=\"\(number(y + cell / 2 + 4))\">\(count)</text>"
      : ""
    return "<g><title>\(HTML.escaped(title))</title>"
      + "<rect class=\"square\" x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(cell - 1))\" "
      + "height=\"\(number(cell - 1))\" rx=\"2\"/>"
      + (count == 0
        ? ""
        : "<rect class=\"\(isHit ? "hit" : "miss")\" x=\"\(number(x))\" y=\"\(number(y))\" "
          + "width=\"\(number(cell - 1))\" height=\"\(number(cell - 1))\" rx=\"2\" "
          + "fill-opacity=\"\(Figures.places(strength, 2))\"/>") + written + "</g>\n"
  }

  private func number(_ value: Double) -> String { Figures.places(value, 1) }
}
