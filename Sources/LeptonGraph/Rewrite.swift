public import LeptonValues

extension Graph {
  /// Builds the graph anew, node by node. `rule` sees each node with its operands as values of the new graph, and
  /// either answers the values that stand for its results or nil, to copy the node as it is.
  ///
  /// Unused nodes fall away. Input types may be changed on the way; the type rules then give all others.
  public func rewritten(
    inputTypes: [String: TensorType] = [:],
    _ rule: (Node, [Value], inout GraphBuilder) throws -> [Value]? = { _, _, _ in nil }
  ) throws -> Graph {
    var b = GraphBuilder(name: name)
    var mapped = [Value: Value](minimumCapacity: types.count)
    for port in inputs {
      mapped[port.value] = b.input(
        port.name, inputTypes[port.name] ?? type(of: port.value), role: port.role)
    }
    for node in nodes {
      let operands = node.operands.map { mapped[$0]! }
      b.scope = node.name
      let results = try rule(node, operands, &b) ?? b.add(node.op, operands)
      for (old, new) in zip(node.results, results) { mapped[old] = new }
    }
    for port in outputs { b.output(port.name, mapped[port.value]!, role: port.role) }
    return b.graph.withoutUnusedNodes()
  }

  /// The same graph without nodes that no output depends on; values are numbered anew.
  public func withoutUnusedNodes() -> Graph {
    var needed = Set(outputs.map(\.value))
    var kept: [Node] = []
    for node in nodes.reversed() where node.results.contains(where: needed.contains) {
      needed.formUnion(node.operands)
      kept.append(node)
    }
    var result = Graph(name: name)
    var mapped = [Value: Value](minimumCapacity: types.count)
    func renumber(_ value: Value) -> Value {
      let new = Value(id: result.types.count)
      result.types.append(type(of: value))
      mapped[value] = new
      return new
    }
    for port in inputs {
      result.inputs.append(Port(port.name, renumber(port.value), role: port.role))
    }
    for node in kept.reversed() {
      var node = node
      node.operands = node.operands.map { mapped[$0]! }
      node.results = node.results.map(renumber)
      result.nodes.append(node)
    }
    result.outputs = outputs.map { Port($0.name, mapped[$0.value]!, role: $0.role) }
    return result
  }

  /// The same computation for other shapes (or types) of some inputs: another batch size, say.
  public func specialized(_ inputTypes: [String: TensorType]) throws -> Graph {
    for name in inputTypes.keys where input(named: name) == nil {
      let near = nearestSpelling(of: name, in: inputs.map(\.name))
      throw LeptonError(
        .badInput, "graph \(self.name) has no input '\(name)'",
        fix: near.map { "did you mean '\($0)'?" } ?? "")
    }
    return try rewritten(inputTypes: inputTypes)
  }
}

extension GraphBuilder {
  /// Writes the nodes of `graph` here, with `operands` for its inputs; answers the values of its outputs.
  public mutating func inline(_ graph: Graph, _ operands: [Value]) throws -> [Value] {
    var mapped = Dictionary(
      uniqueKeysWithValues: zip(graph.inputs.map(\.value), operands))
    for node in graph.nodes {
      let results = try add(node.op, node.operands.map { mapped[$0]! }, name: node.name)
      for (old, new) in zip(node.results, results) { mapped[old] = new }
    }
    return graph.outputs.map { mapped[$0.value]! }
  }
}
