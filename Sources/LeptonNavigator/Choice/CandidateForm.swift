public import LeptonCompression
public import LeptonGraph
import LeptonValues

/// A form of a trained model in full: its kind, and for integers how ranges were chosen and what was left out.
public struct CandidateForm: Sendable, Hashable {
  public var kind: CandidateKind
  public var range: RangeMethod
  /// Layers that stay in f32.
  public var excluded: Set<String>

  public init(
    _ kind: CandidateKind, range: RangeMethod = .percentile(99.99), excluded: Set<String> = []
  ) {
    self.kind = kind
    self.range = range
    self.excluded = excluded
  }

  /// Unique among forms of one model, and fit for a file name: `int8-min-max-but-2`.
  public var name: String {
    guard kind == .int8 else { return kind.rawValue }
    let ranges =
      switch range {
      case .minMax: "-min-max"
      case .percentile(99.99): ""
      case .percentile(let percent): "-percentile-\(percent)"
      }
    return kind.rawValue + ranges + (excluded.isEmpty ? "" : "-but-\(excluded.count)")
  }

  /// The model in this form.
  ///
  /// - Parameter calibration: asked for where ranges must be known.
  public func model(from trained: Model, calibration: () throws -> Calibration) throws -> Model {
    switch kind {
    case .f32: trained
    case .bf16: try trained.withBFloat16Weights()
    case .int8: try calibration().quantized(Int8Quantization(range: range, excluded: excluded))
    }
  }
}
