public import LeptonGraph
import LeptonOps
import LeptonValues

extension Model {
  /// The graph for inference with every weight a constant: what an inference session compiles.
  public func frozen() throws -> Graph {
    try verify()
    let lowered = try graph.lowered(for: .inference)
    var b = GraphBuilder(name: graph.name)
    var values: [Value] = []
    for port in lowered.inputs {
      if port.isResident {
        values.append(try b.add(one: Constant(weights[port.name]!), name: port.name))
      } else {
        values.append(b.input(port.name, lowered.type(of: port.value)))
      }
    }
    for (port, value) in zip(lowered.outputs, try b.inline(lowered, values)) where !port.isResident
    {
      b.output(port.name, value)
    }
    return b.graph.withoutUnusedNodes()
  }
}
