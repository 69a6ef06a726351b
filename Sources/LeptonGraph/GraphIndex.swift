/// Who makes and who reads each value of a graph; made once for a pass that matches patterns.
public struct GraphIndex: Sendable {
  /// For each value the index of the node that makes it; nil for inputs.
  public let producers: [Int?]
  /// For each value the indices of the nodes that read it, once for each operand position.
  public let users: [[Int]]
  /// For each value how many outputs it is.
  public let outputCounts: [Int]

  public init(_ graph: Graph) {
    var producers = [Int?](repeating: nil, count: graph.types.count)
    var users = [[Int]](repeating: [], count: graph.types.count)
    var outputCounts = [Int](repeating: 0, count: graph.types.count)
    for (index, node) in graph.nodes.enumerated() {
      for result in node.results { producers[result.id] = index }
      for operand in node.operands { users[operand.id].append(index) }
    }
    for port in graph.outputs { outputCounts[port.value.id] += 1 }
    self.producers = producers
    self.users = users
    self.outputCounts = outputCounts
  }

  /// Whether exactly one operand position reads the value, and no output.
  public func hasOneUse(_ value: Value) -> Bool {
    users[value.id].count == 1 && outputCounts[value.id] == 0
  }

  public func isUnused(_ value: Value) -> Bool {
    users[value.id].isEmpty && outputCounts[value.id] == 0
  }
}

extension Graph {
  /// The node that makes `value`, nil for an input. Linear: use a `GraphIndex` in a loop.
  public func producer(of value: Value) -> Node? {
    nodes.last { $0.results.contains(value) }
  }
}
