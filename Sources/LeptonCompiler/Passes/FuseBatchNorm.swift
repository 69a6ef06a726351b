public import LeptonGraph
import LeptonOps
import LeptonValues

extension Pass {
  /// Lets batch normalisation in training add a residual and apply the relu before it writes its result, and its
  /// gradient mask the gradient that it reads.
  public static func fuseBatchNorm(keeping claims: @escaping @Sendable (any Op) -> Bool) -> Pass {
    Pass("fuse-batch-norm") { graph in
      let index = GraphIndex(graph)
      let regions = graph.nodes.indices.compactMap { position -> GraphRegion? in
        switch graph.nodes[position].op {
        case let norm as BatchNormTraining:
          guard claims(FusedBatchNorm(norm, hasResidual: false)) else { return nil }
          return forwardRegion(norm, position, graph, index)
        case let gradient as BatchNormGradient:
          let fused = FusedBatchNormGradient(gradient)
          return claims(fused) ? backwardRegion(fused, position, graph, index) : nil
        default: return nil
        }
      }
      return try graph.replacing(regions)
    }
  }
}

private func forwardRegion(
  _ norm: BatchNormTraining, _ position: Int, _ graph: Graph, _ index: GraphIndex
) -> GraphRegion? {
  let node = graph.nodes[position]
  guard isImage(node.operands[0], graph) else { return nil }
  var nodes: Set = [position]
  var result = node.results[0]
  var operands = node.operands
  if let next = index.onlyUser(of: result), graph.nodes[next].op is Add,
    let residual = graph.nodes[next].operands.first(where: { $0 != result }),
    graph.type(of: residual) == graph.type(of: result),
    index.producers[residual.id].map({ $0 < position }) ?? true
  {
    nodes.insert(next)
    result = graph.nodes[next].result
    operands.append(residual)
  }
  guard let relu = index.onlyUser(of: result), graph.nodes[relu].op is Relu else { return nil }
  nodes.insert(relu)
  let fused = FusedBatchNorm(norm, hasResidual: operands.count == 4)
  let old = [graph.nodes[relu].result] + node.results.dropFirst()
  return GraphRegion(nodes: nodes, position: position) { [operands] mapped, b in
    zip(old, try b.add(fused, operands.map(mapped))).map { (old: $0, new: $1) }
  }
}

private func backwardRegion(
  _ fused: FusedBatchNormGradient, _ position: Int, _ graph: Graph, _ index: GraphIndex
) -> GraphRegion? {
  let node = graph.nodes[position]
  let (x, scale, mean) = (node.operands[0], node.operands[1], node.operands[2])
  guard isImage(x, graph), index.hasOneUse(node.operands[4]),
    let mask = index.producers[node.operands[4].id], graph.nodes[mask].op is ReluGradient,
    let relu = index.producers[graph.nodes[mask].operands[0].id], graph.nodes[relu].op is Relu,
    let forward = index.producers[graph.nodes[relu].operand.id],
    let norm = graph.nodes[forward].op as? BatchNormTraining,
    norm.epsilon == fused.gradient.epsilon,
    graph.nodes[forward].operands.prefix(2) == [x, scale],
    graph.nodes[forward].results[1...] == [mean, node.operands[3]]
  else { return nil }
  let bias = graph.nodes[forward].operands[2]
  let operands = [x, scale, bias, mean, node.operands[3], graph.nodes[mask].operands[1]]
  return GraphRegion(nodes: [mask, position], position: position) { mapped, b in
    zip(node.results, try b.add(fused, operands.map(mapped))).map { (old: $0, new: $1) }
  }
}

private func isImage(_ x: Value, _ graph: Graph) -> Bool {
  graph.type(of: x).shape.rank == 4 && graph.type(of: x).dtype == .f32
}

extension GraphIndex {
  /// The node that alone reads `value`, once.
  fileprivate func onlyUser(of value: Value) -> Int? {
    hasOneUse(value) ? users[value.id][0] : nil
  }
}
