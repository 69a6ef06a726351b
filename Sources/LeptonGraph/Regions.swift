/// Some nodes of a graph that are to become something else, all at once.
public struct GraphRegion: Sendable {
  /// Indices of the nodes.
  public var nodes: Set<Int>
  /// Where the replacement stands: everything it reads is made before, everything that reads it comes after.
  public var position: Int
  /// Writes the replacement: sees the new values of the region's operands, answers the new value of each result that
  /// others read.
  public var replace:
    @Sendable ((Value) -> Value, inout GraphBuilder) throws -> [(old: Value, new: Value)]

  public init(
    nodes: Set<Int>, position: Int,
    replace:
      @escaping @Sendable ((Value) -> Value, inout GraphBuilder) throws -> [(
        old: Value, new: Value
      )]
  ) {
    self.nodes = nodes
    self.position = position
    self.replace = replace
  }
}

extension Graph {
  /// The graph with disjoint regions replaced.
  public func replacing(_ regions: [GraphRegion]) throws -> Graph {
    var owner: [Int: Int] = [:]
    for (index, region) in regions.enumerated() {
      for node in region.nodes { owner[node] = index }
    }
    var b = GraphBuilder(name: name)
    var mapped = [Value: Value](minimumCapacity: types.count)
    for port in inputs {
      mapped[port.value] = b.input(port.name, type(of: port.value), role: port.role)
    }
    for (position, node) in nodes.enumerated() {
      b.scope = node.name
      if let region = owner[position].map({ regions[$0] }) {
        guard region.position == position else { continue }
        let known = mapped
        for (old, new) in try region.replace({ known[$0]! }, &b) { mapped[old] = new }
      } else {
        let results = try b.add(node.op, node.operands.map { mapped[$0]! })
        for (old, new) in zip(node.results, results) { mapped[old] = new }
      }
    }
    b.scope = ""
    for port in outputs { b.output(port.name, mapped[port.value]!, role: port.role) }
    return b.graph.withoutUnusedNodes()
  }
}
