public import LeptonGraph
import LeptonOps
public import LeptonRuntime

/// The passes, in the order in which they run.
public enum Pipelines {
  /// For a graph whose weights are constants: what a session runs.
  public static func inference(_ backend: any Backend, _ precision: Precision) -> [Pass] {
    [
      .recognizeGelu,
      .foldQuantization,
      .keepBytesExact,
      .foldBatchNorm,
      .inlineComposites(keeping: backend.claims),
      .foldConstants,
      .transposeWeights,
      .foldConstants,
      .mergeEqual,
      .simplify,
      .transposeIndices,
      .fuseEpilogues,
      .lowerPrecision(to: precision),
      .simplify,
      .fuseElementwise,
      .fuseAttention,
    ]
  }

  /// For a training step: forward, backward and update in one graph.
  public static func training(_ backend: any Backend, _ precision: Precision) -> [Pass] {
    [
      .inlineComposites(keeping: backend.claims),
      .foldConstants,
      .mergeEqual,
      .simplify,
      .transposeIndices,
      .commuteReluAndPooling,
      .fuseEpilogues,
      .fuseWeightGradients,
      .updateRows,
      .lowerPrecision(to: precision),
      .simplify,
      .fuseBatchNorm(keeping: backend.claims),
      .fuseElementwise,
    ]
  }
}

extension Graph {
  /// The graph after all of `passes`, or after the one named `last`.
  public func applying(_ passes: [Pass], upTo last: String? = nil) throws -> Graph {
    var graph = self
    for pass in passes {
      graph = try pass(graph)
      if pass.name == last { break }
    }
    return graph
  }
}

/// The arithmetic of a compiled graph where the model itself does not say (a quantised model does).
public enum Precision: String, Sendable, Hashable, Codable, CaseIterable {
  case f32
  /// Weights and activations of products and convolutions in bf16, sums in f32. On a processor that does not multiply
  /// bf16, weights are rounded to bf16 and computed with in f32.
  case bf16
}
