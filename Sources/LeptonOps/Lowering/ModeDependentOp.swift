public import LeptonGraph

/// What a graph is lowered for.
public enum Mode: String, Sendable, Hashable, Codable, CaseIterable {
  case training, inference
}

/// An operation that computes one thing in training and another in inference, and so is authored
/// once. `Graph.lowered(for:)` replaces it.
public protocol ModeDependentOp: Op {
  /// Writes what stands for the node in inference: one value for each result.
  func lowerForInference(
    _ node: Node, _ operands: [Value], _ b: inout GraphBuilder
  ) throws -> [Value]

  /// Writes what stands for the node in training: one value for each result.
  func lowerForTraining(
    _ node: Node, _ operands: [Value], _ t: inout TrainingLowering
  ) throws -> [Value]
}
