import Lepton
import LeptonNavigator
import LeptonOps
import LeptonServing

/// What a detector found in files.
struct DetectionAnswer: Answer {
  struct Found: Encodable {
    let label: String
    /// The number of the class.
    let `class`: Int
    let score: Float
    /// Sides in pixels of the picture, from its upper left corner.
    let x1: Float
    let y1: Float
    let x2: Float
    let y2: Float

    init(_ found: FoundBox, labels: [String]) {
      (label, `class`, score) = (labels.name(of: found.label), found.label, found.score)
      (x1, y1) = (found.box.low.x, found.box.low.y)
      (x2, y2) = (found.box.high.x, found.box.high.y)
    }
  }

  struct Row: Encodable {
    let file: String
    let width: Int
    let height: Int
    /// Best first.
    let boxes: [Found]
    /// The picture with the boxes on it.
    let drawn: String?
  }

  let predictions: [Row]
  let skipped: [InputFiles.Skipped]
  let format: Predict.Format

  enum CodingKeys: CodingKey { case predictions, skipped }

  var text: String { format == .csv ? csv : table }

  private var csv: String {
    CSVText.lines(
      [["file", "label", "score", "x1", "y1", "x2", "y2"]]
        + predictions.flatMap { row in
          row.boxes.isEmpty
            ? [[row.file, "", "", "", "", "", ""]]
            : row.boxes.map { box in
              [row.file, box.label] + [box.score, box.x1, box.y1, box.x2, box.y2].map { "\($0)" }
            }
        })
  }

  private var table: String {
    var table = Table([
      ("file", .prose), ("label", .left), ("score", .right), ("x1", .right), ("y1", .right),
      ("x2", .right), ("y2", .right),
    ])
    for row in predictions {
      if row.boxes.isEmpty { table.add([row.file, "nothing", "-", "-", "-", "-", "-"]) }
      for box in row.boxes {
        table.add(
          [row.file, box.label, Figures.accuracy(Double(box.score))]
            + [box.x1, box.y1, box.x2, box.y2].map { Figures.places(Double($0), 1) })
      }
    }
    return table.text()
  }
}
