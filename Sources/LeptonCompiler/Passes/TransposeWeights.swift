import LeptonGraph
import LeptonOps
import LeptonValues

extension Pass {
  /// Turns products with constant weights [in, out] into products with their transposition [out, in], the form whose
  /// weights are packed once.
  public static let transposeWeights = Pass("transpose-weights") { graph in
    var constants: Set<Value> = []
    return try graph.rewritten { node, operands, b in
      if node.op is Constant {
        let value = try b.add(node.op, operands)
        constants.formUnion(value)
        return value
      }
      guard let product = node.op as? MatMul, !product.transposeA, !product.transposeB,
        constants.contains(operands[1]), b.shape(of: operands[1]).rank == 2
      else { return nil }
      let weights = try b.add(one: Transpose([1, 0]), operands[1])
      return try b.add(MatMul(transposeB: true), [operands[0], weights])
    }
  }
}
