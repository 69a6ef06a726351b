import LeptonGraph
import LeptonOps
public import LeptonValues

/// What training makes small: the mean over a batch, defined as in PyTorch.
public enum Loss: String, Sendable, Hashable, Codable, CaseIterable {
  /// Logits `[N, C]` against class numbers `[N]`.
  case crossEntropy = "cross-entropy"
  /// Logits against 0 or 1, `[N]` or of the logits' shape.
  case binaryCrossEntropy = "binary-cross-entropy"
  /// Any outputs against targets of their shape.
  case meanSquaredError = "mean-squared-error"
}

extension Loss {
  /// The type of the labels beside an output: class numbers `i32[N]` for classification with one
  /// decision for each example, `f32` of the output's shape otherwise.
  public func labelType(for output: TensorType) throws -> TensorType {
    let shape = output.shape
    guard let batch = shape.first else {
      throw LeptonError(.badInput, "\(rawValue): the model's output has no batch axis")
    }
    switch self {
    case .crossEntropy:
      guard shape.rank == 2, shape[1] > 1 else {
        throw LeptonError(
          .badInput, "cross-entropy needs logits [batch, classes], the model gives \(shape)",
          fix: shape.elementCount == batch
            ? "use binary-cross-entropy for one output" : "end the model with a dense layer")
      }
      return TensorType(.i32, [batch])
    case .binaryCrossEntropy:
      return shape.elementCount == batch ? TensorType(.i32, [batch]) : output.with(dtype: .f32)
    case .meanSquaredError: return output.with(dtype: .f32)
    }
  }

  /// The loss of each example, `f32[N]`.
  func perExample(_ output: Value, _ labels: Value, _ b: inout GraphBuilder) throws -> Value {
    switch self {
    case .crossEntropy:
      return try b.add(one: CrossEntropy(), output, labels)
    case .binaryCrossEntropy:
      let targets = try targets(labels, like: output, &b)
      return try examplesMean(b.add(one: BinaryCrossEntropy(), output, targets), &b)
    case .meanSquaredError:
      let targets = try targets(labels, like: output, &b)
      let difference = try b.add(one: Subtract(), output, targets)
      return try examplesMean(b.add(one: Multiply(), difference, difference), &b)
    }
  }

  /// Which examples are classified right, `f32[N]` of 0 and 1; nil for regression.
  func isCorrect(_ output: Value, _ labels: Value, _ b: inout GraphBuilder) throws -> Value? {
    switch self {
    case .crossEntropy:
      // Classes are small enough to compare as f32, which every back end does in one pass.
      let winner = try b.add(one: ArgMax(axis: 1, keepDims: false), output)
      let predicted = try b.add(one: Cast(to: .f32), winner)
      let expected = try b.add(one: Cast(to: .f32), labels)
      return try b.add(one: Cast(to: .f32), b.add(one: Equal(), predicted, expected))
    case .binaryCrossEntropy:
      let zero = try b.add(one: Constant(TensorData(scalar: Float(0))))
      let half = try b.add(one: Constant(TensorData(scalar: Float(0.5))))
      let targets = try targets(labels, like: output, &b)
      let predicted = try b.add(one: Greater(), output, zero)
      let expected = try b.add(one: Greater(), targets, half)
      let equal = try b.add(one: Cast(to: .f32), b.add(one: Equal(), predicted, expected))
      return try examplesMean(equal, &b)
    case .meanSquaredError: return nil
    }
  }

  /// Labels as numbers of the output's type and shape.
  private func targets(
    _ labels: Value, like output: Value, _ b: inout GraphBuilder
  ) throws -> Value {
    let cast =
      b.dtype(of: labels) == b.dtype(of: output)
      ? labels : try b.add(one: Cast(to: b.dtype(of: output)), labels)
    return b.shape(of: cast) == b.shape(of: output)
      ? cast : try b.add(one: Reshape(b.shape(of: output).extents), cast)
  }

  /// The mean over all axes but the first.
  private func examplesMean(_ value: Value, _ b: inout GraphBuilder) throws -> Value {
    let rank = b.shape(of: value).rank
    return rank == 1
      ? value : try b.add(one: Reduce(.mean, axes: Array(1..<rank), keepDims: false), value)
  }
}
