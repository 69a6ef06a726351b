public import LeptonCompression
import LeptonValues

/// How ranges are measured for quantisation.
public struct CalibrationPlan: Sendable, Hashable {
  public var range: RangeMethod
  public var examples: Int

  public init(range: RangeMethod = .percentile(99.99), examples: Int = 512) {
    self.range = range
    self.examples = examples
  }
}

private enum RangeKind: String, CaseIterable {
  case percentile
  case minMax = "min-max"
}

extension Recipe.CompressionPlan {
  /// The keys of `compression`. The model as trained always takes part: the others are judged against it.
  init(_ reader: SettingsReader) throws {
    let named = try reader.choices(
      "candidates", default: CandidateKind.allCases,
      means: "forms of the trained model that are measured; f32 always is")
    candidates = [.f32] + named.filter { $0 != .f32 }
    let section = try reader.section("calibration")
    let range: RangeMethod
    switch try section.choice(
      "method", default: RangeKind.percentile, means: "how the range of a value is found")
    {
    case .minMax: range = .minMax
    case .percentile:
      range = .percentile(
        try section.number(
          "percentile", default: 99.99, in: 50.001...100,
          means: "of the magnitudes, the share in a hundred that the range holds"))
    }
    calibration = CalibrationPlan(
      range: range,
      examples: try section.int(
        "examples", default: 512, means: "examples of the calibration part that are run"))
  }
}
