import LeptonCompiler
import LeptonGraph
import LeptonOps
import LeptonValues

/// Turns constants of a graph back into parameters and state of a model, while the graph is rewritten.
struct WeightPorts {
  private(set) var weights: [String: TensorData] = [:]
  private let source: CompressibleGraph
  private let biasNames: [Value: String]
  private var names = UniqueNames()

  init(_ source: CompressibleGraph) {
    self.source = source
    var biasNames: [Value: String] = [:]
    let layers = Dictionary(source.layers.map { ($0.result, $0.layer.name) }) { $1 }
    for node in source.graph.nodes where node.op is Conv2D && node.operands.count == 3 {
      if let name = layers[node.result] { biasNames[node.operands[2]] = "\(name).bias" }
    }
    self.biasNames = biasNames
    for port in source.graph.inputs { _ = names.claim(port.name) }
  }

  /// A new parameter with these elements.
  mutating func add(
    _ name: String, _ data: TensorData, role: Graph.Role = .parameter, _ b: inout GraphBuilder
  ) -> Value {
    let name = names.claim(name)
    weights[name] = data
    return b.input(name, data.type, role: role)
  }

  /// What stands for a constant: the port that it was, or the bias of a layer that it became. Nil where it is a setting.
  mutating func port(for node: Node, _ b: inout GraphBuilder) -> Value? {
    guard let constant = node.op as? Constant else { return nil }
    if let own = source.model.graph.input(named: node.name), own.isResident,
      source.model.weights[node.name]?.type == constant.value.type
    {
      return add(node.name, constant.value, role: own.role, &b)
    }
    return biasNames[node.result].map { add($0, constant.value, &b) }
  }

  /// The source's model with this graph, these weights and an account of what was done. Figures that were measured before
  /// do not hold any more.
  func model(_ graph: Graph, lineage: [String: String]) throws -> Model {
    var facts = source.model.facts
    facts.metrics = [:]
    facts.lineage.merge(lineage) { $1 }
    let kept = Set(graph.inputs.map(\.name))
    let model = Model(graph: graph, weights: weights.filter { kept.contains($0.key) }, facts: facts)
    try model.verify()
    return model
  }
}
