public import LeptonCompiler
public import LeptonCompression
public import LeptonGraph
import LeptonValues

/// A form of a trained model that is measured and may be chosen.
public enum CandidateKind: String, Sendable, Hashable, Codable, CaseIterable {
  /// As trained: the baseline.
  case f32
  /// Weights of convolutions and dense layers in two bytes.
  case bf16
  /// Weights and activations of convolutions and dense layers in one byte.
  case int8

  /// What its session computes with.
  public var precision: Precision { self == .bf16 ? .bf16 : .f32 }

  /// The model in this form.
  ///
  /// - Parameter calibration: asked for where ranges must be known.
  public func model(
    from trained: Model, range: RangeMethod, calibration: () throws -> Calibration
  ) throws -> Model {
    switch self {
    case .f32: trained
    case .bf16: try trained.withBFloat16Weights()
    case .int8: try calibration().quantized(Int8Quantization(range: range))
    }
  }
}
