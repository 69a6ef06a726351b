import LeptonGraph
import LeptonOps
import LeptonValues

extension Pass {
  /// Takes out what changes nothing: reshapes of reshapes, transpositions that cancel, casts to the same type, sums with
  /// zero and products with one.
  public static let simplify = Pass("simplify") { graph in
    var made: [Value: Node] = [:]
    return try graph.rewritten { node, operands, b in
      if let shorter = try simplified(node, operands, made, &b) { return shorter }
      let results = try b.add(node.op, operands)
      for result in results { made[result] = b.graph.nodes.last }
      return results
    }
  }
}

private func simplified(
  _ node: Node, _ operands: [Value], _ made: [Value: Node], _ b: inout GraphBuilder
) throws -> [Value]? {
  let producer = operands.first.flatMap { made[$0] }
  switch node.op {
  case let reshape as Reshape:
    let shape = try reshape.resultTypes(of: [b.type(of: operands[0])])[0].shape
    if shape == b.shape(of: operands[0]) { return operands }
    if producer?.op is Reshape, !b.shape(of: operands[0]).contains(0) {
      let whole = reshape.copying(
        from: b.shape(of: operands[0]), of: b.shape(of: producer!.operand))
      return [try b.add(one: whole, producer!.operand)]
    }
  case let transpose as Transpose:
    if transpose.permutation == Array(transpose.permutation.indices) { return operands }
    if let earlier = producer?.op as? Transpose {
      let both = transpose.permutation.map { earlier.permutation[$0] }
      return both == Array(both.indices)
        ? [producer!.operand] : [try b.add(one: Transpose(both), producer!.operand)]
    }
  case let cast as Cast:
    if b.dtype(of: operands[0]) == cast.to { return operands }
    if producer?.op is Cast, b.dtype(of: producer!.operand) == cast.to,
      cast.to == .bf16, b.dtype(of: operands[0]) == .f32
    {
      return [producer!.operand]
    }
  case is BroadcastTo:
    let type = try node.op.resultTypes(of: operands.map(b.type(of:)))[0]
    if type.shape == b.shape(of: operands[0]) { return operands }
  case is Add:
    if let other = neutral(0, operands, made, b) { return [other] }
  case is Multiply:
    if let other = neutral(1, operands, made, b) { return [other] }
  default: break
  }
  return nil
}

extension Reshape {
  /// The reshape of an operand of shape `original` that this is of its other form `form`: extents that are copied from an
  /// axis where both differ are spelled out.
  fileprivate func copying(from form: Shape, of original: Shape) -> Reshape {
    Reshape(
      shape.enumerated().map { axis, extent in
        extent == 0 && (axis >= original.rank || original[axis] != form[axis])
          ? form[axis] : extent
      })
  }
}

/// The operand that is left when the other is the constant `value` throughout and does not widen the result.
private func neutral(
  _ value: Double, _ operands: [Value], _ made: [Value: Node], _ b: GraphBuilder
) -> Value? {
  for (candidate, other) in [(operands[0], operands[1]), (operands[1], operands[0])] {
    guard let constant = made[candidate]?.op as? Constant, constant.value.elementCount <= 4096,
      b.shape(of: other).broadcast(with: constant.value.shape) == b.shape(of: other),
      constant.value.doubles.allSatisfy({ $0 == value })
    else { continue }
    return other
  }
  return nil
}
