import LeptonValues

extension Slice: Codable {
  private enum Key: String, CodingKey { case starts, ends, steps }

  /// Open ends are null, and steps are left out where all are 1: short, and fit to read.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(starts, forKey: .starts)
    try container.encode(
      zip(ends, steps).map { end, step in end == Self.openEnd(step) ? nil : end }, forKey: .ends)
    if steps.contains(where: { $0 != 1 }) { try container.encode(steps, forKey: .steps) }
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let starts = try container.decode([Int].self, forKey: .starts)
    let ends = try container.decode([Int?].self, forKey: .ends)
    let steps =
      try container.decodeIfPresent([Int].self, forKey: .steps)
      ?? [Int](repeating: 1, count: starts.count)
    guard ends.count == starts.count, steps.count == starts.count else {
      throw LeptonError(
        .badInput, "slice: \(starts.count) starts, \(ends.count) ends, \(steps.count) steps",
        fix: "give one of each for every axis")
    }
    self.init(
      starts: starts, ends: zip(ends, steps).map { $0 ?? Self.openEnd($1) }, steps: steps)
  }

  private static func openEnd(_ step: Int) -> Int { step < 0 ? .min : .max }
}
