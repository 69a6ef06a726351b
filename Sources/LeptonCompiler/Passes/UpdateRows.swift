import LeptonGraph
import LeptonOps
import LeptonValues

extension Pass {
  /// Updates a table by the rows' gradients instead of a gradient of the whole table, where fewer rows came than
  /// the table has and nothing else reads their sum.
  public static let updateRows = Pass("update-rows") { graph in
    let index = GraphIndex(graph)
    let regions = graph.nodes.enumerated().compactMap { position, node -> GraphRegion? in
      guard let update = node.op as? any OptimizerUpdate, index.hasOneUse(node.operands[1]),
        let producer = index.producers[node.operands[1].id],
        let scatter = graph.nodes[producer].op as? ScatterAdd
      else { return nil }
      let gradient = graph.nodes[producer].operands
      guard graph.type(of: gradient[0]).shape.elementCount < scatter.shape[0] else { return nil }
      let operands = node.operands[..<1] + gradient + node.operands[2...]
      return GraphRegion(nodes: [producer, position], position: position) { mapped, b in
        let new = try b.add(update.byRows, operands.map(mapped))
        return zip(node.results, new).map { (old: $0, new: $1) }
      }
    }
    return try graph.replacing(regions)
  }
}
