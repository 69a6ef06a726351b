import ArgumentParser
import LeptonData
import LeptonNavigator

/// `lepton data inspect SPEC`: what is in it, and what is wrong with it.
struct DataInspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Say what is in a data set: columns, classes, missing values, duplicates.",
    discussion: "lepton data inspect customers.csv --label churned")

  @Argument(help: "A path, kind:path, or the name of embedded data.")
  var data: String
  @OptionGroup var table: TableOptions
  @OptionGroup var reporting: Reporting

  func run() throws {
    let bundle = try DataSource.open(data, options: table.options)
    reporting.note("comparing examples")
    reporting.show(Inspected(inspection: DataInspection(bundle)))
  }

  struct Inspected: Answer {
    let inspection: DataInspection

    func encode(to encoder: any Encoder) throws { try inspection.encode(to: encoder) }

    var text: String {
      [columns, classes, parts, remarks].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private var columns: String {
      guard !inspection.columns.isEmpty else { return "" }
      var table = Table([
        ("column", .prose), ("kind", .left), ("values", .right), ("missing", .right),
        ("range", .left), ("unknown later", .right),
      ])
      for column in inspection.columns {
        let range = column.range?.map { Figures.digits(Double($0)) }.joined(separator: " to ")
        table.add([
          column.name, column.kind.rawValue, column.kind == .numeric ? "-" : "\(column.values)",
          Figures.count(column.missing), range ?? "-",
          column.kind == .categorical ? Figures.count(column.unknown) : "-",
        ])
      }
      return table.text()
    }

    private var classes: String {
      var table = Table(
        [(inspection.label ?? "class", .prose)] + inspection.parts.map { ($0.name, .right) })
      let order = inspection.classes.indices
      for index in order.prefix(Self.mostClasses) {
        table.add(
          [inspection.classes[index]]
            + inspection.parts.map { Figures.count($0.classCounts[index]) })
      }
      let rest = order.count - Self.mostClasses
      return table.text() + (rest > 0 ? "and \(rest) classes more\n" : "")
    }

    private static let mostClasses = 20

    private var parts: String {
      var table = Table([
        ("part", .left), ("examples", .right), ("of", .left), ("repeated", .right),
        ("contradicting", .right), ("also in train", .right), ("look alike", .right),
      ])
      for part in inspection.parts {
        table.add([
          part.name, Figures.count(part.count), part.example, Figures.count(part.duplicates),
          Figures.count(part.contradictions), part.alsoInTraining.map(Figures.count) ?? "-",
          part.looksLikeTraining.map(Figures.count) ?? "-",
        ])
      }
      return table.text()
    }

    private var remarks: String {
      var lines: [String] = []
      if !inspection.passedOver.isEmpty {
        lines.append("left out: columns \(inspection.passedOver.joined(separator: ", "))")
      }
      for part in inspection.parts {
        lines += part.examplesOfBoth.prefix(3).map {
          "\(part.name) \($0[0]) is also, or looks like, train \($0[1])"
        }
      }
      lines += inspection.skipped.prefix(10).map { "skipped: \($0.file): \($0.reason)" }
      if inspection.skipped.count > 10 {
        lines.append("skipped: \(inspection.skipped.count - 10) more")
      }
      lines += inspection.notes.map { "note: \($0)" }
      return lines.map { Prose.wrapped($0) }.joined()
    }
  }
}
