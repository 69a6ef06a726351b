import LeptonGraph
import LeptonOps
import LeptonValues

/// The losses of classification, with weights of classes, targets that do not count, and reductions.
extension Compositions {
  static let readNegativeLogLikelihoodLoss: ONNXReader = { node, context in
    [try context.negativeLogLikelihood(node.input(0), node)]
  }

  static let readSoftmaxCrossEntropyLoss: ONNXReader = { node, context in
    let logits = try node.input(0)
    guard context.shape(of: logits).rank >= 2 else {
      throw node.error("\(context.shape(of: logits)) has no classes", fix: "give [N, C, ...]")
    }
    let logarithms = try context.add(LogSoftmax(axis: 1), logits)
    return [try context.negativeLogLikelihood(logarithms, node), logarithms]
  }
}

extension ONNXReadContext {
  /// Of logarithms of probabilities `[N, C, ...]` and the targets `[N, ...]` and weights `[C]` of a node. A target that is
  /// no class gives NaN.
  fileprivate mutating func negativeLogLikelihood(
    _ logarithms: Value, _ node: ONNXNode
  ) throws -> Value {
    try node.allow(["ignore_index", "reduction"])
    let reduction = try node.choice("reduction", of: ["none", "mean", "sum"], default: "mean")
    let targets = try node.input(1)
    let (shape, expected) = (shape(of: logarithms), shape(of: targets))
    guard shape.rank >= 2, [.i32, .i64].contains(dtype(of: targets)),
      expected.extents == [shape[0]] + shape.dropFirst(2)
    else {
      throw node.error(
        "targets \(type(of: targets)) do not fit \(shape)",
        fix: "they are class numbers [N, ...] for [N, C, ...]")
    }
    let column = [shape[1]] + shape.dropFirst(2).map { _ in 1 }
    let classes = try table((0..<shape[1]).map(Double.init), Shape(column), dtype(of: targets))
    let rows = try reshaped(targets, [0, 1] + shape.dropFirst(2))
    let isTarget = try add(Equal(), rows, classes)

    /// The sum over classes of what stands at the target.
    func chosen(_ value: Value) throws -> Value {
      let alone = try select(isTarget, value, else: 0)
      return try add(Reduce(.sum, axes: [1], keepDims: false), alone)
    }
    let one = try number(1, like: logarithms)
    let isClass = try chosen(one)
    var weights = isClass
    if let given = node.optionalInput(2) {
      try node.require(self.shape(of: given), [shape[1]], "weight")
      weights = try chosen(reshaped(given, column))
    }
    var isKnown = try add(Greater(), isClass, number(0, like: isClass))
    if case .int(let index) = node.attributes["ignore_index"] {
      let ignored = try add(Equal(), targets, number(Double(index), like: targets))
      weights = try add(Select(), ignored, number(0, like: weights), weights)
      isKnown = try add(Or(), isKnown, ignored)
    }
    let weighted = try times(chosen(logarithms), weights)
    let losses = try select(isKnown, add(Neg(), weighted), else: .nan)
    let axes = Array(0..<expected.rank)
    switch reduction {
    case "none": return losses
    case "sum": return try add(Reduce(.sum, axes: axes, keepDims: false), losses)
    default:
      let total = try add(Reduce(.sum, axes: axes, keepDims: false), losses)
      return try over(total, add(Reduce(.sum, axes: axes, keepDims: false), weights))
    }
  }
}
