import LeptonGraph
import LeptonValues

/// Where the numbers of each candidate lie in one picture's share of a detector's output.
struct CandidateNumbers: Sendable {
  /// Candidates, and numbers of each.
  let count: Int
  let width: Int
  /// Of the grid; 1 where there is none.
  let columns: Int
  let classCount: Int?
  private let areApart: Bool

  // Places among a candidate's numbers.
  let box: Int
  let classes: Int
  let objectness: Int?
  let chosen: (score: Int, label: Int)?

  /// - Parameter labels: how many classes have a name; 0 where none has.
  init(
    _ head: DetectionHead, _ shape: Shape, output: String, classes labels: Int, _ place: String
  ) throws {
    let form =
      switch head.layout {
      case .grid: "[N, numbers, rows, columns]"
      case .columns: "[N, numbers, candidates]"
      case .rows: "[N, candidates, numbers]"
      }
    func refuse(_ what: String) -> LeptonError {
      LeptonError(
        .badInput, "output '\(output)' is \(shape), and the head reads \(form)\(what)", at: place,
        fix: "state the head that it is of: detection.head, or layout, parts and box")
    }
    guard shape.rank == (head.layout == .grid ? 4 : 3), !shape.contains(0) else {
      throw refuse("")
    }
    areApart = head.layout != .rows
    width = areApart ? shape[1] : shape[2]
    columns = head.layout == .grid ? shape[3] : 1
    count = shape.dropFirst().reduce(1, *) / width

    let fixed = head.parts.reduce(0) { $0 + ($1 == .classes ? 0 : $1 == .box ? 4 : 1) }
    let parts = head.parts.map(\.rawValue).joined(separator: ", ")
    if head.parts.contains(.classes) {
      let classes = width - fixed
      guard classes > 0, labels == 0 || labels == classes else {
        throw refuse(
          " with [\(parts)]: \(max(0, classes)) classes"
            + (labels > 0 ? ", and \(labels) have a name" : ""))
      }
      classCount = classes
    } else {
      guard width == fixed else { throw refuse(" with [\(parts)]: \(fixed) numbers") }
      classCount = nil
    }

    var places: [DetectionHead.Part: Int] = [:]
    var next = 0
    for part in head.parts {
      places[part] = next
      next += part == .box ? 4 : part == .classes ? width - fixed : 1
    }
    box = places[.box] ?? 0
    classes = places[.classes] ?? 0
    objectness = places[.objectness]
    chosen = places[.score].flatMap { score in places[.label].map { (score, $0) } }
  }

  /// Where the number at `place` of a candidate lies.
  func index(of place: Int, in candidate: Int) -> Int {
    areApart ? place * count + candidate : candidate * width + place
  }
}
