public import LeptonGraph
import LeptonOps
public import LeptonValues

/// The model for inference with its loss, as one graph: sums over a batch, of which some examples
/// may be padding.
///
/// Data inputs, in order: those of the model, `labels`, `mask` (`f32[N]`: 1 for an example, 0 for
/// padding). Data outputs: `loss_sum`, `correct` (not for regression) and `output`.
public enum EvaluationStep {
  /// - Parameter labels: the type of the labels, where it is not `loss.labelType(for:)`.
  public static func build(
    _ model: Model, loss: Loss, batch: Int, labels labelType: TensorType? = nil
  ) throws -> Graph {
    var lowered = try model.withBatch(batch).graph.lowered(for: .inference)
    let output = try lowered.onlyDataOutput()
    lowered.name += ".evaluate"
    var b = GraphBuilder(continuing: lowered)
    b.removeOutputs()
    b.scope = "loss"
    let labels = b.input("labels", try labelType ?? loss.labelType(for: b.type(of: output)))
    let mask = b.input("mask", TensorType(.f32, [batch]))
    func sum(_ examples: Value) throws -> Value {
      let masked = try b.add(one: Multiply(), examples, mask)
      return try b.add(one: Reduce(.sum, axes: [0], keepDims: false), masked)
    }
    b.output("loss_sum", try sum(loss.perExample(output, labels, &b)))
    if let correct = try loss.isCorrect(output, labels, &b) {
      b.output("correct", try sum(correct))
    }
    b.output("output", output)
    let graph = b.graph.withoutUnusedNodes()
    try graph.verify()
    return graph
  }
}
