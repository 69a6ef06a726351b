import LeptonGraph
import LeptonOps
import LeptonValues

extension Pass {
  /// Moves a batch normalisation in inference form into the convolution before it: scaled weights and a bias.
  ///
  /// The new weights are written as arithmetic on the old ones, which `foldConstants` then carries out.
  public static let foldBatchNorm = Pass("fold-batch-norm") { graph in
    let index = GraphIndex(graph)
    var made: [Value: Node] = [:]
    return try graph.rewritten { node, operands, b in
      if let norm = node.op as? BatchNorm, index.hasOneUse(node.operands[0]),
        let producer = made[operands[0]], let conv = producer.op as? Conv2D
      {
        return [try folded(norm, operands, conv, producer, &b)]
      }
      let results = try b.add(node.op, operands)
      for result in results { made[result] = b.graph.nodes.last }
      return results
    }
  }
}

private func folded(
  _ norm: BatchNorm, _ operands: [Value], _ conv: Conv2D, _ producer: Node,
  _ b: inout GraphBuilder
) throws -> Value {
  let (scale, shift, mean, variance) = (operands[1], operands[2], operands[3], operands[4])
  let dtype = b.dtype(of: variance)
  let epsilon = try b.add(
    one: Constant(TensorData([norm.epsilon], as: TensorType(dtype, []))))
  let factor = try b.add(
    one: Multiply(), scale, b.add(one: Rsqrt(), b.add(one: Add(), variance, epsilon)))
  let channels = b.shape(of: factor)[0]
  let perChannel = try b.add(one: Reshape([channels, 1, 1, 1]), factor)
  let weights = try b.add(one: Multiply(), producer.operands[1], perChannel)
  let center =
    producer.operands.count == 3
    ? try b.add(one: Subtract(), producer.operands[2], mean) : try b.add(one: Neg(), mean)
  let bias = try b.add(one: Add(), b.add(one: Multiply(), center, factor), shift)
  return try b.add(conv, [producer.operands[0], weights, bias], name: producer.name)[0]
}
