import LeptonGraph
import LeptonOps
import LeptonValues

extension Pass {
  /// Lets convolutions and products add bias and residual and apply the activation before they write their result.
  public static let fuseEpilogues = Pass("fuse-epilogues") { graph in
    let index = GraphIndex(graph)
    var made: [Value: Node] = [:]
    return try graph.rewritten { node, operands, b in
      let fused = try fusedForm(node, operands, index, made, &b)
      let results = try fused.map { try b.add($0.op, $0.operands) } ?? b.add(node.op, operands)
      for result in results { made[result] = b.graph.nodes.last }
      return results
    }
  }
}

private func fusedForm(
  _ node: Node, _ operands: [Value], _ index: GraphIndex, _ made: [Value: Node],
  _ b: inout GraphBuilder
) throws -> (op: any Op, operands: [Value])? {
  switch node.op {
  case let conv as Conv2D: return (FusedConv2D(conv, hasBias: operands.count == 3), operands)
  case let product as MatMul where !product.transposeA:
    return (FusedMatMul(product, hasBias: false), operands)
  case is Add:
    for (own, other) in [(0, 1), (1, 0)] where index.hasOneUse(node.operands[own]) {
      guard let producer = made[operands[own]] else { continue }
      if let fused = absorbed(operands[other], into: producer, operands[own], b) { return fused }
    }
    return nil
  case let op as any ElementwiseOp:
    guard let activation = op.activation, index.hasOneUse(node.operand),
      let producer = made[operands[0]]
    else { return nil }
    if var conv = producer.op as? FusedConv2D, conv.activation == nil {
      conv.activation = activation
      return (conv, producer.operands)
    }
    if var product = producer.op as? FusedMatMul, product.activation == nil {
      product.activation = activation
      return (product, producer.operands)
    }
    return nil
  default: return nil
  }
}

/// `producer` with `addend` in its epilogue: as residual of a convolution or bias of a product.
private func absorbed(
  _ addend: Value, into producer: Node, _ result: Value, _ b: GraphBuilder
) -> (op: any Op, operands: [Value])? {
  if var conv = producer.op as? FusedConv2D, !conv.hasResidual, conv.activation == nil,
    b.type(of: addend) == b.type(of: result)
  {
    conv.hasResidual = true
    return (conv, producer.operands + [addend])
  }
  if var product = producer.op as? FusedMatMul, !product.hasBias, product.activation == nil,
    b.shape(of: addend).rank == 1, b.shape(of: addend)[0] == b.shape(of: result).last
  {
    product.hasBias = true
    return (product, producer.operands + [addend])
  }
  return nil
}
