import LeptonGraph
import LeptonOps
import LeptonValues

extension Graph {
  /// One graph for every batch size out of two that were read for different ones: absolute extents
  /// in which they differ become "infer this one" or "copy that of the operand", and what was repeated for each example
  /// is repeated as often as an input has examples.
  ///
  /// Nil where they differ in anything else: then the batch size is part of what the file computes.
  static func generalizing(_ a: Graph, _ b: Graph) throws -> Graph? {
    guard a.nodes.count == b.nodes.count, a.types.count == b.types.count else { return nil }
    let generalization = BatchGeneralization(a, b)
    var others = b.nodes.makeIterator()
    var isPossible = true
    let result = try a.rewritten { node, operands, builder in
      guard let other = others.next(), node != other, isPossible else { return nil }
      let values = try generalization.values(node, other, operands, &builder)
      isPossible = values != nil
      return values
    }
    return isPossible ? result : nil
  }
}

/// What stands for pairs of nodes that differ by the batch size.
private struct BatchGeneralization {
  private let a: Graph
  private let b: Graph
  /// The first input that has examples, and how many it has in both graphs.
  private let source: (name: String, ours: Int, theirs: Int)?

  init(_ a: Graph, _ b: Graph) {
    (self.a, self.b) = (a, b)
    source =
      zip(a.dataInputs, b.dataInputs).lazy.compactMap {
        one, other -> (name: String, ours: Int, theirs: Int)? in
        guard let ours = a.type(of: one.value).shape.first,
          let theirs = b.type(of: other.value).shape.first, ours != theirs
        else { return nil }
        return (one.name, ours, theirs)
      }.first
  }

  func values(
    _ ours: Node, _ theirs: Node, _ operands: [Value], _ builder: inout GraphBuilder
  ) throws -> [Value]? {
    guard ours.operands == theirs.operands else { return nil }
    switch (ours.op, theirs.op) {
    case (is Reshape, is Reshape):
      let shape = relative(
        a.type(of: ours.result).shape, b.type(of: theirs.result).shape,
        from: a.type(of: ours.operand).shape, and: b.type(of: theirs.operand).shape)
      return try shape.map { try builder.add(Reshape($0), operands) }
    case (let one as BroadcastTo, let other as BroadcastTo):
      guard let axes = batchAxes(one.shape, other.shape) else { return nil }
      var shape = one.shape
      for axis in axes { shape[axis] = 1 }
      return [try repeated(builder.add(one: BroadcastTo(shape), operands[0]), axes, &builder)]
    case (let one as Constant, let other as Constant):
      guard one.value.dtype == other.value.dtype,
        let axes = batchAxes(one.value.shape.extents, other.value.shape.extents)
      else { return nil }
      let example = try one.value.first(along: axes)
      guard try example.repeated(to: one.value.shape) == one.value,
        try example.repeated(to: other.value.shape) == other.value
      else { return nil }
      return [try repeated(builder.constant(example), axes, &builder)]
    default: return nil
    }
  }

  /// The extents, relative (-1 inferred, 0 copied) where they differ, that answer `ours` for operands of shape `a` and
  /// `theirs` for `b`.
  private func relative(_ ours: Shape, _ theirs: Shape, from a: Shape, and b: Shape) -> [Int]? {
    guard ours.rank == theirs.rank, !ours.contains(0) else { return nil }
    var result = ours.extents
    for axis in ours.indices where ours[axis] != theirs[axis] {
      if axis < a.rank, axis < b.rank, a[axis] == ours[axis], b[axis] == theirs[axis] {
        result[axis] = 0
      } else if !result.contains(-1) {
        result[axis] = -1
      } else {
        return nil
      }
    }
    return result
  }

  /// The axes in which both differ, if their extents are the numbers of examples there.
  private func batchAxes(_ ours: [Int], _ theirs: [Int]) -> [Int]? {
    guard let source, ours.count == theirs.count else { return nil }
    let axes = ours.indices.filter { ours[$0] != theirs[$0] }
    return axes.allSatisfy { (ours[$0], theirs[$0]) == (source.ours, source.theirs) } ? axes : nil
  }

  /// A value of extent 1 along `axes`, once for each example. ONNX has no extent that is that of another tensor but by
  /// broadcasting: so it is selected by an input, from itself and itself.
  private func repeated(
    _ value: Value, _ axes: [Int], _ builder: inout GraphBuilder
  ) throws -> Value {
    guard let source, let port = builder.graph.input(named: source.name) else { return value }
    let rank = builder.shape(of: port.value).rank
    let ends = [.max] + [Int](repeating: 1, count: rank - 1)
    let first = try builder.add(
      one: Slice(starts: [Int](repeating: 0, count: rank), ends: ends), port.value)
    let condition = try builder.add(one: Cast(to: .bool), first)
    var result = value
    for axis in axes {
      var extents = [Int](repeating: 1, count: builder.shape(of: value).rank)
      extents[axis] = -1
      let column = try builder.add(one: Reshape(extents), condition)
      result = try builder.add(one: Select(), column, result, result)
    }
    return result
  }
}

extension TensorData {
  /// The first entries along `axes`, which stay with extent 1.
  fileprivate func first(along axes: [Int]) throws -> TensorData {
    try axes.reduce(self) { data, axis in
      let op = Slice(0..<1, axis: axis, rank: data.shape.rank)
      return try op.reference([data], op.resultTypes(of: [data.type]))[0]
    }
  }

  fileprivate func repeated(to shape: Shape) throws -> TensorData {
    let op = BroadcastTo(shape.extents)
    return try op.reference([self], op.resultTypes(of: [type]))[0]
  }
}
