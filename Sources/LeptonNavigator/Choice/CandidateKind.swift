public import LeptonCompiler

/// What a candidate computes with.
public enum CandidateKind: String, Sendable, Hashable, Codable, CaseIterable {
  /// As trained: the baseline.
  case f32
  /// Weights of convolutions and dense layers in two bytes.
  case bf16
  /// Weights and activations of convolutions and dense layers in one byte.
  case int8

  /// The precision of its session.
  public var precision: Precision { self == .bf16 ? .bf16 : .f32 }
}
