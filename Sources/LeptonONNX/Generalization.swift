import LeptonGraph
import LeptonOps
import LeptonValues

extension Graph {
  /// One graph for every size out of two that were read for different ones: absolute extents
  /// in which they differ become "infer this one" or "copy that of the operand", and what was repeated along an open axis
  /// is repeated as often as the input that it is of has entries; places along it are counted (`Places`).
  ///
  /// Nil where they differ in anything else: then the size is part of what the file computes.
  static func generalizing(_ a: Graph, _ b: Graph) throws -> Graph? {
    guard a.nodes.count == b.nodes.count, a.types.count == b.types.count else { return nil }
    let generalization = Generalization(a, b)
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

/// What stands for pairs of nodes that differ by the size.
private struct Generalization {
  private let a: Graph
  private let b: Graph
  /// The axes of inputs that differ.
  private let sources: [OpenAxis]

  init(_ a: Graph, _ b: Graph) {
    (self.a, self.b) = (a, b)
    sources = zip(a.dataInputs, b.dataInputs).flatMap { one, other in
      let extents = zip(a.type(of: one.value).shape, b.type(of: other.value).shape)
      return extents.enumerated().compactMap { axis, extents in
        extents.0 == extents.1
          ? nil : OpenAxis(input: one.name, axis: axis, ours: extents.0, theirs: extents.1)
      }
    }
  }

  func values(
    _ ours: Node, _ theirs: Node, _ operands: [Value], _ builder: inout GraphBuilder
  ) throws -> [Value]? {
    guard ours.operands == theirs.operands else { return nil }
    switch (ours.op, theirs.op) {
    case (is Reshape, is Reshape):
      let ours = (a.type(of: ours.operand).shape, a.type(of: ours.result).shape)
      let theirs = (b.type(of: theirs.operand).shape, b.type(of: theirs.result).shape)
      return try OpenReshape(ours, theirs).map { [try $0.apply(to: operands[0], &builder)] }
    case (let one as BroadcastTo, let other as BroadcastTo):
      guard let axes = openAxes(one.shape, other.shape) else { return nil }
      var shape = one.shape
      for axis in axes.keys { shape[axis] = 1 }
      return try repeated(builder.add(one: BroadcastTo(shape), operands[0]), axes, &builder)
        .map { [$0] }
    case (let one as Constant, let other as Constant):
      guard one.value.dtype == other.value.dtype,
        let axes = openAxes(one.value.shape.extents, other.value.shape.extents)
      else { return nil }
      return try constant(one.value, other.value, axes, &builder).map { [$0] }
    case (let one as Slice, let other as Slice):
      return try prefix(one, other, of: operands[0], &builder).map { [$0] }
    default: return nil
    }
  }

  /// What stands for constants that differ in the extents of `axes`: repeated along all of them, or counting places along
  /// one or two and repeated along the others.
  private func constant(
    _ one: TensorData, _ other: TensorData, _ axes: [Int: OpenAxis], _ builder: inout GraphBuilder
  ) throws -> Value? {
    // Examples are not counted: what becomes of one depends on no other.
    let countable = axes.filter { $0.value.axis != 0 }.keys.sorted()
    let pairs = countable.flatMap { row in countable.filter { row < $0 }.map { [row, $0] } }
    for counted in [[]] + countable.map({ [$0] }) + pairs {
      let others = axes.filter { !counted.contains($0.key) }
      let examples = try [one, other].map { try $0.first(along: others.keys.sorted()) }
      guard try zip(examples, [one, other]).allSatisfy({ try $0.repeated(to: $1.shape) == $1 })
      else { continue }
      if counted.isEmpty {
        guard examples[0] == examples[1] else { continue }
        return try repeated(builder.constant(examples[0]), others, &builder)
      }
      let places =
        counted.count == 1
        ? Places(along: counted[0], of: examples)
        : Places(triangle: counted[0], counted[1], of: examples)
      guard let places, let line = try positions(axes[counted[0]]!, &builder) else { continue }
      let value = try places.value(
        line, one.dtype, along: counted, rank: one.shape.rank, &builder)
      return try repeated(value, others, &builder)
    }
    return nil
  }

  /// The first entries of a table, as many as an open axis has.
  private func prefix(
    _ one: Slice, _ other: Slice, of table: Value, _ builder: inout GraphBuilder
  ) throws -> Value? {
    let axes = one.ends.indices.filter { one.ends[$0] != other.ends[$0] }
    guard one.starts == other.starts, one.steps == other.steps, axes.count == 1,
      one.starts[axes[0]] == 0, one.steps[axes[0]] == 1,
      let source = openAxes(one.ends, other.ends)?[axes[0]],
      let line = try positions(source, &builder)
    else { return nil }
    var rest = one
    rest.ends[axes[0]] = .max
    return try builder.add(one: Gather(axis: axes[0]), builder.add(one: rest, table), line)
  }

  /// The places along an axis of an input.
  private func positions(_ axis: OpenAxis, _ builder: inout GraphBuilder) throws -> Value? {
    guard axis.axis != 0, let port = builder.graph.input(named: axis.input) else { return nil }
    return try builder.add(one: Positions(axis: axis.axis), port.value)
  }

  /// The axes in which both differ, with those of inputs that have the same extents; nil where one has no such.
  private func openAxes(_ ours: [Int], _ theirs: [Int]) -> [Int: OpenAxis]? {
    guard ours.count == theirs.count else { return nil }
    var axes: [Int: OpenAxis] = [:]
    for axis in ours.indices where ours[axis] != theirs[axis] {
      let source = sources.first { ($0.ours, $0.theirs) == (ours[axis], theirs[axis]) }
      guard let source else { return nil }
      axes[axis] = source
    }
    return axes
  }

  /// A value of extent 1 along `axes`, as often as those of inputs have entries. ONNX has no extent that is that of another
  /// tensor but by broadcasting: so it is selected by an input, from itself and itself.
  private func repeated(
    _ value: Value, _ axes: [Int: OpenAxis], _ builder: inout GraphBuilder
  ) throws -> Value? {
    var result = value
    for (axis, source) in axes.sorted(by: { $0.key < $1.key }) {
      guard let port = builder.graph.input(named: source.input) else { return nil }
      let rank = builder.shape(of: port.value).rank
      var ends = [Int](repeating: 1, count: rank)
      ends[source.axis] = .max
      let line = try builder.add(
        one: Slice(starts: [Int](repeating: 0, count: rank), ends: ends), port.value)
      let condition = try builder.add(one: Cast(to: .bool), line)
      var extents = [Int](repeating: 1, count: builder.shape(of: value).rank)
      extents[axis] = -1
      let column = try builder.add(one: Reshape(extents), condition)
      // ONNX Runtime selects no booleans.
      result =
        builder.dtype(of: result) == .bool
        ? try builder.add(one: Or(), builder.add(one: And(), column, result), result)
        : try builder.add(one: Select(), column, result, result)
    }
    return result
  }
}

/// An axis of an input with its extents in two graphs.
private struct OpenAxis {
  let input: String
  let axis: Int
  let ours: Int
  let theirs: Int
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
