import LeptonGraph
import LeptonOps
import LeptonValues

extension Pass {
  /// Computes once what depends on constants alone. Results that would be much larger than what they are made of are
  /// left to run time.
  public static let foldConstants = Pass("fold-constants") { graph in
    var known: [Value: TensorData] = [:]
    return try graph.rewritten { node, operands, b in
      if let constant = node.op as? Constant {
        let value = try b.add(one: constant)
        known[value] = constant.value
        return [value]
      }
      if let op = node.op as? any TypeOp {
        let data = try op.value(of: b.type(of: operands[0]))
        let value = try b.add(one: Constant(data))
        known[value] = data
        return [value]
      }
      let inputs = operands.compactMap { known[$0] }
      guard !operands.isEmpty, inputs.count == operands.count else { return nil }
      let types = try node.op.resultTypes(of: inputs.map(\.type))
      let read = inputs.reduce(0) { $0 + $1.elementCount }
      guard types.allSatisfy({ $0.shape.elementCount <= max(2 * read, 1 << 14) }) else {
        return nil
      }
      return try node.op.reference(inputs, types).map { data in
        let value = try b.add(one: Constant(data))
        known[value] = data
        return value
      }
    }
  }
}
