import LeptonFormats
package import LeptonGraph
package import LeptonValues

/// What differs between two models, or two files of weights: structure, weights by tensor, outputs.
package struct ModelDifference: Sendable, Encodable {
  /// Sentences; empty where the structures are equal.
  package private(set) var structure: [String] = []
  package private(set) var onlyInFirst: [String] = []
  package private(set) var onlyInSecond: [String] = []
  /// Tensors of the same name whose types or shapes differ.
  package private(set) var misshapen: [String] = []
  /// Tensors of the same name and shape, the most different first.
  package private(set) var weights: [TensorDifference] = []
  package private(set) var outputs: [TensorDifference] = []

  /// Whether anything differs by more than `tolerance`, relative to the largest element.
  package func differs(beyond tolerance: Double) -> Bool {
    !structure.isEmpty || !onlyInFirst.isEmpty || !onlyInSecond.isEmpty || !misshapen.isEmpty
      || (weights + outputs).contains { $0.differing > 0 && !($0.relative <= tolerance) }
  }

  package init(weights a: [String: TensorData], _ b: [String: TensorData]) {
    onlyInFirst = a.keys.filter { b[$0] == nil }.sorted()
    onlyInSecond = b.keys.filter { a[$0] == nil }.sorted()
    for (name, tensor) in a.sorted(by: { $0.key < $1.key }) {
      guard let other = b[name] else { continue }
      if tensor.dtype != other.dtype {
        misshapen.append("\(name): \(tensor.type) and \(other.type)")
      }
      if let difference = TensorDifference(name, tensor, other) {
        weights.append(difference)
      } else if tensor.dtype == other.dtype {
        misshapen.append("\(name): \(tensor.type) and \(other.type)")
      }
    }
    weights.sort { ($0.relative, $1.name) > ($1.relative, $0.name) }
  }

  /// - Parameter feeds: what both are run on; nil: not run. Models whose inputs differ are not run either.
  package init(_ a: Model, _ b: Model, feeds: [TensorData]?) throws {
    self.init(weights: a.weights, b.weights)
    structure = Self.structure(a.graph, b.graph)
    guard let feeds,
      Self.types(a.graph, a.graph.dataInputs) == Self.types(b.graph, b.graph.dataInputs),
      Self.types(a.graph, a.graph.dataOutputs) == Self.types(b.graph, b.graph.dataOutputs)
    else { return }
    outputs = try OutputDifference.differences(a, b, feeds: feeds)
  }

  private static func types(_ graph: Graph, _ ports: [Graph.Port]) -> [TensorType] {
    ports.map { graph.type(of: $0.value) }
  }

  private static func structure(_ a: Graph, _ b: Graph) -> [String] {
    var sentences: [String] = []
    for (what, one, other) in [
      ("inputs", a.dataInputs, b.dataInputs), ("outputs", a.dataOutputs, b.dataOutputs),
    ] {
      func list(_ graph: Graph, _ ports: [Graph.Port]) -> String {
        ports.map { "\($0.name) \(graph.type(of: $0.value))" }.joined(separator: ", ")
      }
      let (first, second) = (list(a, one), list(b, other))
      if first != second { sentences.append("\(what): \(first) and \(second)") }
    }
    func counts(_ graph: Graph) -> [String: Int] {
      graph.nodes.reduce(into: [:]) { $0[$1.op.name, default: 0] += 1 }
    }
    let (one, other) = (counts(a), counts(b))
    for name in Set(one.keys).union(other.keys).sorted() where one[name] != other[name] {
      sentences.append("\(name): \(one[name] ?? 0) and \(other[name] ?? 0)")
    }
    guard sentences.isEmpty else { return sentences }
    for (one, other) in zip(a.nodes, b.nodes) {
      let (first, second) = (text(of: one, in: a), text(of: other, in: b))
      if first != second { return ["\(first) and \(second) (at \(one.name))"] }
    }
    return sentences
  }

  /// The operation with the types of its operands.
  private static func text(of node: Node, in graph: Graph) -> String {
    let operands = node.operands.map { "\(graph.type(of: $0))" }.joined(separator: ", ")
    return "\(node.op.name)\(node.op.attributeText) of \(operands)"
  }
}
