import LeptonGraph
import LeptonOps
import LeptonValues

extension Pass {
  /// Reorders indices instead of the rows that they name: the transposition of gathered rows becomes
  /// one of the indices, and so for rows that are summed by index. Rows are longer than indices.
  public static let transposeIndices = Pass("transpose-indices") { graph in
    let index = GraphIndex(graph)
    var made: [Value: Node] = [:]
    return try graph.rewritten { node, operands, b in
      let results = try transposed(node, operands, index, made, &b) ?? b.add(node.op, operands)
      for result in results { made[result] = b.graph.nodes.last }
      return results
    }
  }
}

private func transposed(
  _ node: Node, _ operands: [Value], _ index: GraphIndex, _ made: [Value: Node],
  _ b: inout GraphBuilder
) throws -> [Value]? {
  switch node.op {
  case let transpose as Transpose:
    guard index.hasOneUse(node.operand), let gather = made[operands[0]],
      gather.op as? Gather == Gather(axis: 0),
      let order = leading(transpose.permutation, b.shape(of: gather.operands[1]).rank)
    else { return nil }
    let indices = try b.add(one: Transpose(order), gather.operands[1])
    return try b.add(gather.op, [gather.operands[0], indices])
  case is ScatterAdd:
    guard let producer = made[operands[1]], let transpose = producer.op as? Transpose,
      let order = leading(transpose.permutation, b.shape(of: operands[0]).rank)
    else { return nil }
    let indices = try b.add(one: Transpose(order).inverse, operands[0])
    return try b.add(node.op, [indices, producer.operand])
  default: return nil
  }
}

/// The permutation of the first `count` axes, nil where others take part.
private func leading(_ permutation: [Int], _ count: Int) -> [Int]? {
  let rest = Array(permutation[min(count, permutation.count)...])
  return rest == Array(count..<permutation.count) ? Array(permutation.prefix(count)) : nil
}
