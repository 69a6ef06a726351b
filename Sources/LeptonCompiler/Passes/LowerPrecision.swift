import LeptonCPU
import LeptonGraph
import LeptonOps
import LeptonValues

extension Pass {
  /// Computes products and convolutions in another precision; `f32` leaves the graph as it is.
  ///
  /// For bf16, operands are cast and results cast back; casts that meet cancel, so that activations stay in bf16 from one
  /// convolution to the next.
  public static func lowerPrecision(to precision: Precision) -> Pass {
    Pass("lower-precision") { graph in
      switch precision {
      case .f32: graph
      case .bf16:
        Processor.multipliesBF16
          ? try sinkCasts(castProducts(graph)) : try roundWeights(graph)
      }
    }
  }
}

private func isProduct(_ op: any Op) -> Bool {
  op is FusedConv2D || op is FusedMatMul || op is Conv2DInputGradient || op is Conv2DWeightGradient
    || op is FusedConv2DWeightGradient || op is FusedDenseWeightGradient || op is MatMul
}

/// Gradients of weights are f32 results of bf16 operands; all other results are bf16 too.
private func castProducts(_ graph: Graph) throws -> Graph {
  try graph.rewritten { node, operands, b in
    guard isProduct(node.op), node.operands.allSatisfy({ graph.type(of: $0).dtype == .f32 }) else {
      return nil
    }
    let weightGradient =
      node.op is Conv2DWeightGradient || node.op is FusedConv2DWeightGradient
      || node.op is FusedDenseWeightGradient
    // The compiler has no mixed-type products but these; see FusedConv2D and its kin.
    guard !weightGradient else { return nil }
    let lowered = try operands.map { try b.add(one: Cast(to: .bf16), $0) }
    return try b.add(node.op, lowered).map { try b.add(one: Cast(to: .f32), $0) }
  }
}

/// Moves casts back to f32 behind operations that pass elements on as they are.
private func sinkCasts(_ graph: Graph) throws -> Graph {
  var made: [Value: Node] = [:]
  return try graph.rewritten { node, operands, b in
    var results: [Value]
    if node.op is MaxPool2D || node.op is Reshape || node.op is Transpose,
      let producer = made[operands[0]], producer.op as? Cast == Cast(to: .f32),
      b.dtype(of: producer.operand) == .bf16
    {
      let moved = try b.add(node.op, [producer.operand])[0]
      results = [try b.add(one: Cast(to: .f32), moved)]
    } else {
      results = try b.add(node.op, operands)
    }
    for result in results { made[result] = b.graph.nodes.last }
    return results
  }
}

/// Rounds constant weights of products to bf16 and keeps them, and all arithmetic, in f32.
private func roundWeights(_ graph: Graph) throws -> Graph {
  let index = GraphIndex(graph)
  return try graph.rewritten { node, operands, b in
    guard let constant = node.op as? Constant, constant.value.dtype == .f32,
      constant.value.shape.rank >= 2,
      index.users[node.result.id].contains(where: { isProduct(graph.nodes[$0].op) })
    else { return nil }
    let rounded = constant.value.converted(to: .bf16).converted(to: .f32)
    return [try b.add(one: Constant(rounded))]
  }
}
