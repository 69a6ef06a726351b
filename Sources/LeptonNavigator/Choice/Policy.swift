/// What to prefer among the models that meet the requirement.
public enum Policy: String, Sendable, Hashable, Codable, CaseIterable {
  /// The least time for one example.
  case speed
  /// The least money for a million predictions.
  case cost
  /// The least geometric mean of time, money and bytes, each relative to the baseline.
  case balanced

  /// What it aims at, in words.
  var aim: String {
    switch self {
    case .speed: "the least time for one example"
    case .cost: "the least money for a million predictions"
    case .balanced: "the least mean of time, money and bytes"
    }
  }
}
