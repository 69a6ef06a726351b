import LeptonGraph
import LeptonValues

/// How the output of a detector becomes boxes, as far as it is stated.
struct DetectionFacts {
  private let known: DetectionHead.Known?
  private let layout: DetectionHead.Layout?
  private let parts: [DetectionHead.Part]
  private let box: DetectionHead.BoxForm?
  private let objectnessPower: Double?
  private let classPower: Double?
  private let threshold: Double?
  private let overlap: Double?
  private let limit: Int?
  private let place: String

  /// The keys of `detection`.
  init(_ reader: SettingsReader) throws {
    place = reader.place
    known = try reader.optionalChoice("head", means: "a detector of the same form")
    layout = try reader.optionalChoice("layout", means: "how candidates lie in the output")
    parts = try reader.choices(
      "parts", default: [], means: "numbers of a candidate, in their order")
    box = try reader.optionalChoice("box", means: "what the four numbers of a box are")
    objectnessPower = try reader.optionalNumber(
      "objectness_power", in: 0...16, means: "exponent of objectness in the score")
    classPower = try reader.optionalNumber(
      "class_power", in: 0...16, means: "exponent of the class in the score")
    threshold = try reader.optionalNumber(
      "threshold", in: 0...1, means: "what a box must score more than")
    overlap = try reader.optionalNumber(
      "overlap", in: 0...1, means: "how much of it a better box of its class may share")
    limit = try reader.optionalInt(
      "limit", in: 1...100_000, means: "boxes in one picture at most")
  }

  /// - Parameter given: what the model says already.
  func head(over given: DetectionHead?) throws -> DetectionHead {
    var head: DetectionHead
    if let base = known.map(DetectionHead.init) ?? given {
      head = base
      head.layout = layout ?? head.layout
      head.parts = parts.isEmpty ? head.parts : parts
      head.box = box ?? head.box
    } else if let layout, let box, !parts.isEmpty {
      head = DetectionHead(layout: layout, parts: parts, box: box)
    } else {
      throw LeptonError(
        .usage, "detection does not say how the output is read", at: place,
        fix: "give head: "
          + DetectionHead.Known.allCases.map(\.rawValue).joined(separator: " | ")
          + ", or layout, parts and box")
    }
    head.objectnessPower = objectnessPower ?? head.objectnessPower
    head.classPower = classPower ?? head.classPower
    head.threshold = threshold ?? head.threshold
    head.overlap = overlap ?? head.overlap
    head.limit = limit ?? head.limit
    try head.verify()
    return head
  }
}
