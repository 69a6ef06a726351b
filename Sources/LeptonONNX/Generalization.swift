import LeptonGraph
import LeptonOps
import LeptonValues

extension Graph {
  /// One graph for every size out of two that were read for different ones: absolute extents
  /// in which they differ become "infer this one" or "copy that of the operand".
  ///
  /// Nil where they differ in anything else: then the size is part of what the file computes.
  static func generalizing(_ a: Graph, _ b: Graph) throws -> Graph? {
    guard a.nodes.count == b.nodes.count, a.types.count == b.types.count else { return nil }
    var result = a
    for (index, pair) in zip(a.nodes, b.nodes).enumerated() where pair.0 != pair.1 {
      guard let ours = pair.0.op as? Reshape, let theirs = pair.1.op as? Reshape,
        pair.0.operands == pair.1.operands,
        let shape = common(
          ours.shape, theirs.shape, from: a.type(of: pair.0.operand).shape,
          and: b.type(of: pair.1.operand).shape)
      else { return nil }
      result.nodes[index].op = Reshape(shape)
    }
    return result
  }

  /// The relative extents (-1 inferred, 0 copied) that answer `ours` for operands of shape `a` and
  /// `theirs` for `b`.
  private static func common(
    _ ours: [Int], _ theirs: [Int], from a: Shape, and b: Shape
  ) -> [Int]? {
    guard ours.count == theirs.count else { return nil }
    var result = ours
    var canInfer = !ours.contains(-1)
    for axis in ours.indices where ours[axis] != theirs[axis] {
      if axis < a.rank, axis < b.rank, a[axis] == ours[axis], b[axis] == theirs[axis] {
        result[axis] = 0
      } else if canInfer {
        result[axis] = -1
        canInfer = false
      } else {
        return nil
      }
    }
    return result
  }
}
