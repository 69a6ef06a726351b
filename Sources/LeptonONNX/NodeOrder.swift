import LeptonValues

extension ONNXGraphProto {
  /// The nodes so that each stands behind those that it reads from. Files promise this order; those
  /// that break the promise are sorted.
  ///
  /// Throws where a value is made twice or by nobody, or where nodes wait for each other.
  func nodesInOrder() throws -> [ONNXNodeProto] {
    var makers: [String: Int] = [:]
    let given = Set(input.map(\.name) + initializer.map(\.name))
    for (index, node) in node.enumerated() {
      for name in node.output where !name.isEmpty {
        guard !given.contains(name), makers.updateValue(index, forKey: name) == nil else {
          throw LeptonError(.badInput, "'\(name)' is made twice", at: label(index))
        }
      }
    }
    var waiting = [Int](repeating: 0, count: node.count)
    var readers = [[Int]](repeating: [], count: node.count)
    var isOrdered = true
    for (index, node) in node.enumerated() {
      for name in node.reads where !given.contains(name) {
        guard let maker = makers[name] else {
          let near = nearestSpelling(of: name, in: Array(makers.keys) + given)
          throw LeptonError(
            .badInput, "it reads '\(name)', which nothing makes", at: label(index),
            fix: near.map { "did you mean '\($0)'?" } ?? "")
        }
        isOrdered = isOrdered && maker < index
        waiting[index] += 1
        readers[maker].append(index)
      }
    }
    return isOrdered ? node : try sorted(waiting, readers)
  }

  private func sorted(_ waiting: [Int], _ readers: [[Int]]) throws -> [ONNXNodeProto] {
    var waiting = waiting
    var order = node.indices.filter { waiting[$0] == 0 }
    var next = 0
    while next < order.count {
      for reader in readers[order[next]] {
        waiting[reader] -= 1
        if waiting[reader] == 0 { order.append(reader) }
      }
      next += 1
    }
    if let stuck = waiting.firstIndex(where: { $0 > 0 }) {
      throw LeptonError(
        .badInput, "it depends on its own result", at: label(stuck),
        fix: "a graph has no cycles; the file is damaged")
    }
    return order.map { node[$0] }
  }

  /// The nodes of `nodes`, in order, on which an output depends.
  func needed(of nodes: [ONNXNodeProto]) -> [ONNXNodeProto] {
    var needed = Set(output.map(\.name))
    var kept: [ONNXNodeProto] = []
    for node in nodes.reversed() where node.output.contains(where: needed.contains) {
      needed.formUnion(node.reads)
      var node = node
      node.output = node.output.map { needed.contains($0) ? $0 : "" }
      while node.output.last == "" { node.output.removeLast() }
      kept.append(node)
    }
    return kept.reversed()
  }

  /// The names that a subgraph takes from around it.
  fileprivate var captures: [String] {
    let made = Set(input.map(\.name) + initializer.map(\.name) + node.flatMap(\.output))
    return (node.flatMap(\.reads) + output.map(\.name)).filter { !made.contains($0) }
  }

  private func label(_ index: Int) -> String { node[index].label }
}

extension ONNXNodeProto {
  /// The names of the values that it reads, in its subgraphs too; each once, in order.
  var reads: [String] {
    let captured = attribute.flatMap { attribute in
      (attribute.graphs + (attribute.hasG ? [attribute.g] : [])).flatMap(\.captures)
    }
    var seen: Set<String> = [""]
    return (input + captured).filter { seen.insert($0).inserted }
  }

  /// The node's name, or where it has none that of its first result.
  var displayName: String {
    name.isEmpty ? output.first { !$0.isEmpty } ?? opType : name
  }

  /// The name without the op type and number with which `ONNXWriter` makes it unique.
  var scope: String {
    let numbered = name.reversed().drop { $0.isNumber }
    let ending = "/\(opType)_"
    let path = "/" + String(numbered.reversed())
    return path.hasSuffix(ending) ? String(path.dropLast(ending.count).dropFirst()) : name
  }

  /// `node 'conv1' (Conv)`
  var label: String { "node '\(displayName)' (\(opType))" }
}
