import LeptonGraph
import LeptonOps
import LeptonValues

extension Pass {
  /// Makes the gradients of weights and bias in one pass over the incoming gradient.
  public static let fuseWeightGradients = Pass("fuse-weight-gradients") { graph in
    let index = GraphIndex(graph)
    var taken: Set<Int> = []
    var regions: [GraphRegion] = []
    for (position, node) in graph.nodes.enumerated() {
      guard let form = WeightGradientForm(node, graph),
        let bias = index.users[form.incoming.id].first(where: {
          graph.nodes[$0].op as? Reduce == form.biasGradient && !taken.contains($0)
        })
      else { continue }
      taken.insert(bias)
      let results = [node.result, graph.nodes[bias].result]
      regions.append(
        GraphRegion(nodes: [position, bias], position: min(position, bias)) { mapped, b in
          let new = try b.add(form.fused, node.operands.map(mapped))
          return zip(results, new).map { (old: $0, new: $1) }
        })
    }
    return try graph.replacing(regions)
  }
}

/// A node that makes the gradient of weights, and what the gradient of the bias looks like beside it.
private struct WeightGradientForm: Sendable {
  let incoming: Value
  let biasGradient: Reduce
  let fused: any Op

  init?(_ node: Node, _ graph: Graph) {
    switch node.op {
    case let gradient as Conv2DWeightGradient:
      incoming = node.operands[1]
      biasGradient = Reduce(.sum, axes: [0, 2, 3], keepDims: false)
      fused = FusedConv2DWeightGradient(gradient)
    case let product as MatMul:
      guard product == MatMul(transposeA: true), graph.type(of: node.result).shape.rank == 2,
        graph.type(of: node.operands[0]).shape.rank == 2
      else { return nil }
      incoming = node.operands[0]
      biasGradient = Reduce(.sum, axes: [0], keepDims: false)
      fused = FusedDenseWeightGradient()
    default: return nil
    }
  }
}
