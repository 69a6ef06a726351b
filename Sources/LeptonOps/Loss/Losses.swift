public import LeptonGraph
import LeptonValues

/// Losses over a batch: scalars, the mean over its examples, as PyTorch defines them.
extension GraphBuilder {
  /// The mean cross entropy of logits `[N, C]` against class numbers `[N]`.
  public mutating func crossEntropy(logits: Value, labels: Value) throws -> Value {
    try mean(add(one: CrossEntropy(), logits, labels))
  }

  /// The mean of `(prediction - target)^2` over all elements.
  public mutating func meanSquaredError(_ prediction: Value, _ target: Value) throws -> Value {
    try requireEqualShapes(prediction, target, "meanSquaredError")
    let difference = try add(one: Subtract(), prediction, target)
    return try mean(add(one: Multiply(), difference, difference))
  }

  /// The mean cross entropy of independent yes-no questions: logits against targets in 0...1.
  public mutating func binaryCrossEntropy(logits: Value, targets: Value) throws -> Value {
    try requireEqualShapes(logits, targets, "binaryCrossEntropy")
    return try mean(add(one: BinaryCrossEntropy(), logits, targets))
  }

  private mutating func mean(_ value: Value) throws -> Value {
    let axes = Array(0..<shape(of: value).rank)
    return try add(one: Reduce(.mean, axes: axes, keepDims: false), value)
  }

  /// Broadcasting a loss is a mistake more often than a wish: `[N, 1]` against `[N]` makes `[N, N]`.
  private func requireEqualShapes(_ a: Value, _ b: Value, _ loss: String) throws {
    guard shape(of: a) == shape(of: b) else {
      throw LeptonError(
        .badInput, "\(loss): shapes \(shape(of: a)) and \(shape(of: b)) differ",
        fix: "reshape one of them")
    }
  }
}
