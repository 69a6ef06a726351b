import LeptonGraph
import LeptonOps
import LeptonValues

/// One graph for every size out of several that were read for different ones.
///
/// What is known and the same in all is a constant. Operations on what differs stay, and absolute extents in which they differ
/// follow from those of other values (`OpenShapes`); places along an open axis are counted (`Places`).
struct Generalization {
  let readings: [GraphReading]
  /// The nodes of the first graph by what they make.
  let producers: [Value: Node]
  /// The extents of the first axes of inputs.
  private let examples: Set<[Int]>
  var builder: GraphBuilder
  /// Values of the first graph in the new one; none for those that are part of one size only.
  private(set) var general: [Value: Value] = [:]
  private var shapes = OpenShapes()
  /// The node with which a value began to be part of one size.
  private var causes: [Value: Node] = [:]
  /// What is computed with numbers that follow from how many examples there are.
  private var counting: Set<Value> = []

  /// The graph for every size, and whether the number of examples is one of the numbers that it computes with.
  ///
  /// - Parameter readings: the first two differ in the number of examples alone.
  /// - Throws: `SizeDependence` where the size is part of what the file computes.
  static func graph(of readings: [GraphReading]) throws -> (graph: Graph, countsExamples: Bool) {
    var generalization = Generalization(readings)
    let graph = try generalization.result()
    let isCounting = !graph.valuesInUse.isDisjoint(with: generalization.counting)
    return (graph.withoutUnusedResidents(), isCounting)
  }

  private init(_ readings: [GraphReading]) {
    self.readings = readings
    examples = Set(
      readings[0].graph.dataInputs.compactMap { port in
        let shapes = readings.map { $0.graph.type(of: port.value).shape }
        return shapes[0].isEmpty ? nil : shapes.map { $0[0] }
      })
    builder = GraphBuilder(name: readings[0].graph.name)
    producers = Dictionary(
      uniqueKeysWithValues: readings[0].graph.nodes.flatMap { node in
        node.results.map { ($0, node) }
      })
  }

  private mutating func result() throws -> Graph {
    let first = readings[0].graph
    guard readings.allSatisfy({ $0.graph.nodes.count == first.nodes.count }) else {
      throw SizeDependence(node: readings.firstDifference)
    }
    for port in first.inputs {
      let value = builder.input(port.name, first.type(of: port.value), role: port.role)
      add(value, for: port.value)
    }
    for index in first.nodes.indices {
      let nodes = readings.map { $0.graph.nodes[index] }
      guard nodes.allSatisfy({ $0.operands == nodes[0].operands && $0.results == nodes[0].results })
      else { throw SizeDependence(node: nodes[0]) }
      builder.scope = nodes[0].name
      if let values = try values(nodes) {
        for (old, new) in zip(nodes[0].results, values) { add(new, for: old) }
      } else {
        let earlier = nodes[0].operands.lazy.compactMap { [causes] in causes[$0] }.first
        for value in nodes[0].results { causes[value] = earlier ?? nodes[0] }
      }
    }
    for port in first.outputs {
      guard let value = general[port.value] else { throw SizeDependence(node: causes[port.value]) }
      builder.output(port.name, value, role: port.role)
    }
    return builder.graph
  }

  private mutating func add(_ new: Value, for old: Value) {
    general[old] = new
    shapes.insert(new, readings.map { $0.graph.type(of: old).shape })
  }

  /// What stands for the results of a node in all; nil where nothing does.
  private mutating func values(_ nodes: [Node]) throws -> [Value]? {
    let known = nodes[0].results.map { result in readings.map { $0.constants[result] } }
    let isSame = known.allSatisfy { data in data[0] != nil && data.allSatisfy { $0 == data[0] } }
    if isSame, nodes[0].movesNumbers || nodes[0].operands.allSatisfy(isSameInAll) {
      return try known.map { try builder.constant($0[0]!) }
    }
    let operands = nodes[0].operands.compactMap { general[$0] }
    let isGeneral = operands.count == nodes[0].operands.count
    let counts = nodes[0].operands.contains(where: countsExamples)
    if isGeneral, !counts, let values = try values(nodes, operands) { return values }
    if let value = try entries(nodes) { return [value] }
    if isGeneral, counts, let values = try values(nodes, operands) {
      if known.contains(where: { $0[0] == nil }) { counting.formUnion(values) }
      return values
    }
    if isSame { return try known.map { try builder.constant($0[0]!) } }
    guard known.count == 1 else { return nil }
    let data = known[0].compactMap { $0 }
    return data.count == readings.count ? try constant(data).map { [$0] } : nil
  }

  /// Whether a value is known, and the same for all sizes. What is made of others may be the same by chance: for a threshold that
  /// no size reaches.
  private func isSameInAll(_ value: Value) -> Bool {
    guard let data = readings[0].constants[value] else { return false }
    return readings.allSatisfy { $0.constants[value] == data }
  }

  /// Whether a value is known and follows from how many examples there are, in more than being repeated for each.
  private func countsExamples(_ value: Value) -> Bool {
    guard let few = readings[0].constants[value], let more = readings[1].constants[value],
      few != more
    else { return false }
    guard few.shape.rank == more.shape.rank else { return true }
    let axes = few.shape.indices.filter { few.shape[$0] != more.shape[$0] }
    return (try? few.first(along: axes) != more.first(along: axes)) ?? true
  }

  /// The operation, or what stands for operations that differ.
  private mutating func values(_ nodes: [Node], _ operands: [Value]) throws -> [Value]? {
    if nodes.allSatisfy({ AnyHashable($0.op) == AnyHashable(nodes[0].op) }) {
      return nodes[0].op is Constant ? nil : try builder.add(nodes[0].op, operands)
    }
    switch nodes[0].op {
    case is Reshape:
      let from = readings.map { $0.graph.type(of: nodes[0].operand).shape }
      let to = readings.map { $0.graph.type(of: nodes[0].result).shape }
      if let extents = relative(to, from: from) {
        return [try builder.add(one: Reshape(extents), operands[0])]
      }
      return try shapes.extents(to.map(\.extents), of: operands[0]).map {
        try builder.add(ReshapeLike($0.extents), $0.operands)
      }
    case let first as Resize2D:
      let others = nodes.compactMap { $0.op as? Resize2D }
      let sizes = others.compactMap(\.size)
      guard sizes.count == nodes.count, others.allSatisfy({ first == $0.with(size: sizes[0]) })
      else { return nil }
      return try shapes.extents(sizes, of: operands[0]).map {
        try builder.add(Resize2DLike(first, size: $0.extents), $0.operands)
      }
    case is BroadcastTo:
      let to = readings.map { $0.graph.type(of: nodes[0].result).shape.extents }
      return try repeated(operands[0], to: to).map { [$0] }
    case is Slice:
      let results = readings.map { $0.graph.type(of: nodes[0].result).shape }
      return try prefix(nodes.compactMap { $0.op as? Slice }, of: operands[0], results)
        .map { [$0] }
    default: return nil
    }
  }

  /// The extents of a reshape, relative where they differ: copied (0) or inferred (-1).
  private func relative(_ to: [Shape], from: [Shape]) -> [Int]? {
    guard Set(to.map(\.rank)).count == 1, !to.contains(where: { $0.contains(0) }) else {
      return nil
    }
    var result = to[0].extents
    for axis in to[0].indices where to.contains(where: { $0[axis] != to[0][axis] }) {
      if zip(to, from).allSatisfy({ $1.indices.contains(axis) && $0[axis] == $1[axis] }) {
        result[axis] = 0
      } else if !result.contains(-1) {
        result[axis] = -1
      } else {
        return nil
      }
    }
    return result
  }

  /// A value broadcast to shapes that differ.
  private mutating func repeated(_ value: Value, to shapes: [[Int]]) throws -> Value? {
    try self.shapes.extents(shapes, of: value).map {
      try builder.add(BroadcastLike($0.extents), $0.operands)[0]
    }
  }

  /// The first entries of a table, as many as an open axis has.
  private mutating func prefix(
    _ slices: [Slice], of table: Value, _ results: [Shape]
  ) throws -> Value? {
    let first = slices[0]
    let axes = first.ends.indices.filter { axis in
      slices.contains { $0.ends[axis] != first.ends[axis] }
    }
    guard axes.count == 1,
      slices.allSatisfy({ $0.starts == first.starts && $0.steps == first.steps }),
      first.starts[axes[0]] == 0, first.steps[axes[0]] == 1,
      // A table that is shorter ends a slice, not a selection.
      zip(slices, results).allSatisfy({ $0.ends[axes[0]] == $1[axes[0]] }),
      let line = try positions(slices.map { $0.ends[axes[0]] })
    else { return nil }
    var rest = first
    rest.ends[axes[0]] = .max
    return try builder.add(one: Gather(axis: axes[0]), builder.add(one: rest, table), line)
  }

  /// The places along an axis with these extents, unless it is that of the examples: what becomes of one depends on no other.
  private mutating func positions(_ extents: [Int]) throws -> Value? {
    guard let axis = shapes.axis(of: extents), !examples.contains(extents) else { return nil }
    return try builder.add(one: Positions(axis: axis.axis), axis.value)
  }

  /// What stands for constants that differ in extents: repeated along all of them, or counting places along one or two and
  /// repeated along the others.
  mutating func constant(_ data: [TensorData]) throws -> Value? {
    guard Set(data.map(\.dtype)).count == 1, Set(data.map(\.shape.rank)).count == 1 else {
      return nil
    }
    let extents = data.map(\.shape.extents)
    let open = extents[0].indices.filter { axis in extents.contains { $0[axis] != extents[0][axis] }
    }
    let pairs = open.flatMap { row in open.filter { row < $0 }.map { [row, $0] } }
    for counted in [[]] + open.map({ [$0] }) + pairs {
      let others = open.filter { !counted.contains($0) }
      let examples = try data.map { try $0.first(along: others) }
      guard try zip(examples, data).allSatisfy({ try $0.repeated(to: $1.shape) == $1 }) else {
        continue
      }
      if counted.isEmpty {
        guard examples.allSatisfy({ $0 == examples[0] }) else { continue }
        return try repeated(builder.constant(examples[0]), to: extents)
      }
      let places =
        counted.count == 1
        ? Places(along: counted[0], of: examples)
        : Places(triangle: counted[0], counted[1], of: examples)
      guard let places, let line = try positions(extents.map { $0[counted[0]] }) else { continue }
      let value = try places.value(
        line, data[0].dtype, along: counted, rank: extents[0].count, &builder)
      return others.isEmpty ? value : try repeated(value, to: extents)
    }
    return nil
  }

}

/// Two graphs of a file differ in more than extents: the size is part of what it computes.
struct SizeDependence: Error {
  /// Where that begins; nil where it is not known.
  let node: Node?
}

extension Node {
  /// Whether its results are numbers of its operands as they are: extents that are picked from a shape, say.
  fileprivate var movesNumbers: Bool {
    op is Gather || op is Slice || op is Reshape || op is Concat || op is Cast || op is ShapeOf
  }
}

extension Graph {
  /// What outputs are computed from.
  fileprivate var valuesInUse: Set<Value> {
    var used = Set(outputs.map(\.value))
    for node in nodes.reversed() where node.results.contains(where: used.contains) {
      used.formUnion(node.operands)
    }
    return used
  }
}

extension [GraphReading] {
  /// The first node that is another operation in one of the graphs.
  fileprivate var firstDifference: Node? {
    self[0].graph.nodes.enumerated().first { index, node in
      contains { other in
        guard other.graph.nodes.indices.contains(index) else { return true }
        return type(of: other.graph.nodes[index].op).name != type(of: node.op).name
      }
    }?.element
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
