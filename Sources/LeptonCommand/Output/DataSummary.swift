import LeptonData
import LeptonNavigator
import LeptonValues

/// What a run works on: examples, classes and parts.
struct DataSummary: Answer {
  private struct Part: Encodable {
    let name: String
    let count: Int
    let classes: [Int]
  }

  private let name: String
  private let example: String
  private let classes: [String]
  private let parts: [Part]
  private let notes: [String]

  /// Classes beyond so many are told of in one line.
  private static let mostClasses = 12

  init(_ data: DataParts) {
    name = data.name
    example = "\(data.train.features.dtype)\(data.train.exampleShape)"
    classes = data.train.classes
    parts = [
      ("train", data.train), ("validation", data.validation), ("calibration", data.calibration),
      ("test", data.test),
    ].map { Part(name: $0, count: $1.count, classes: $1.classCounts) }
    notes = data.notes
  }

  private enum CodingKeys: CodingKey { case level, message, name, example, classes, parts, notes }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode("info", forKey: .level)
    try container.encode("data", forKey: .message)
    try container.encode(name, forKey: .name)
    try container.encode(example, forKey: .example)
    try container.encode(classes, forKey: .classes)
    try container.encode(parts, forKey: .parts)
    try container.encode(notes, forKey: .notes)
  }

  var text: String {
    let isShort = (1...Self.mostClasses).contains(classes.count)
    var table = Table(
      [("part", .left), ("examples", .right)] + (isShort ? classes.map { ($0, .right) } : []))
    for part in parts {
      table.add(
        [part.name, Figures.count(part.count)] + (isShort ? part.classes.map(Figures.count) : []))
    }
    let wide = StandardStreams.columns ?? .max
    let isWide = table.text(columns: nil).split(separator: "\n").contains { $0.count > wide }
    if isShort && isWide { table = sideways }
    return "\n\(name): \(example)\(spread)\n\n" + table.text()
      + notes.map { Prose.wrapped("note: \($0)") }.joined() + "\n"
  }

  /// A row for each class, where a column for each is too wide.
  private var sideways: Table {
    var table = Table([("class", .prose)] + parts.map { ($0.name, .right) })
    for (index, name) in classes.enumerated() {
      table.add([name] + parts.map { Figures.count($0.classes[index]) })
    }
    table.add(["all"] + parts.map { Figures.count($0.count) })
    return table
  }

  /// `, 77 classes of 35 to 187 training examples`
  private var spread: String {
    guard let least = parts[0].classes.min(), let most = parts[0].classes.max() else { return "" }
    let size =
      least == most ? Figures.count(least) : "\(Figures.count(least)) to \(Figures.count(most))"
    return ", \(classes.count) classes of \(size) training examples"
  }
}
