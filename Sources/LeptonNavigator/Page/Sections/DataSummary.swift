/// The data of a run: parts, classes, what was passed over and decided.
struct DataSummary {
  let data: DataReport
  let notes: [String]

  private static let parts = ["train", "validation", "calibration", "test"]

  var html: String {
    let counts = Self.parts.map { "\($0) \(Figures.count(data.counts[$0] ?? 0))" }
    return HTML.paragraph(
      "\(data.spec): \(Figures.count(Self.parts.reduce(0) { $0 + (data.counts[$1] ?? 0) })) examples "
        + "\(data.example) of \(data.classes.count) classes: \(counts.joined(separator: ", ")). "
        + imbalance)
      + classes + HTML.list(notes) + skipped
  }

  private var imbalance: String {
    let counts = (data.classCounts["train"] ?? []).filter { $0 > 0 }
    guard let least = counts.min(), let most = counts.max() else { return "" }
    let ratio = Double(most) / Double(least)
    if ratio < 1.05 { return "All classes have about as many examples." }
    return "The largest class has \(factor(ratio)) times as many training examples as the smallest."
  }

  private var classes: String {
    let counts = Self.parts.map { data.classCounts[$0] ?? [] }
    let most = Double(max(1, counts[0].max() ?? 1))
    let rows = data.classes.indices.map { index in
      let cells = counts.map { $0.indices.contains(index) ? $0[index] : 0 }
      return (
        cells: [HTML.name(data.classes[index])]
          + [HTML.bar(Double(cells[0]) / most, Figures.count(cells[0]))]
          + cells.dropFirst().map { Figures.count($0) }, isMarked: false
      )
    }
    let table = HTML.table(
      [
        ("class", false), ("train", false), ("validation", true), ("calibration", true),
        ("test", true),
      ], markup: rows)
    return rows.count > 20 ? HTML.details("All \(rows.count) classes", table) : table
  }

  private var skipped: String {
    guard !data.skipped.isEmpty else { return "" }
    let shown = data.skipped.prefix(100)
    return HTML.details(
      "\(Figures.count(data.skipped.count)) files were passed over",
      HTML.table(
        [("file", false), ("why", false)], shown.map { ([$0.file, $0.reason], false) })
        + (shown.count < data.skipped.count
          ? HTML.note("and \(data.skipped.count - shown.count) more") : ""))
  }
}
