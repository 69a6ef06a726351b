import LeptonGraph
import LeptonOps
import LeptonValues

/// The simple operators of `ai.onnx.ml`.
extension Compositions {
  /// Some columns of a table, by their numbers; a table of one row where there is but a row.
  static let readArrayFeatureExtractor: ONNXReader = { node, context in
    let (x, columns) = (try node.input(0), try node.input(1))
    guard context.builder.shape(of: x).rank > 0 else { throw node.error("a scalar has no columns") }
    let flat = try context.builder.add(one: Reshape([-1]), columns)
    let y = try context.builder.add(one: Gather(axis: -1), x, flat)
    return context.builder.shape(of: x).rank > 1
      ? [y] : try context.builder.add(Reshape([1, -1]), [y])
  }

  /// 1 above a threshold, else 0.
  static let readBinarizer: ONNXReader = { node, context in
    let x = try node.input(0)
    let threshold = try context.builder.scalar(node.float("threshold", default: 0), like: x)
    let isAbove = try context.builder.add(one: Greater(), x, threshold)
    return try context.builder.add(Cast(to: context.builder.dtype(of: x)), [isAbove])
  }
}
