import LeptonGraph
import LeptonOps
import LeptonValues

extension Graph {
  /// Whether indices that follow from extents alone, places along a sequence above all, lie within the tables that they index.
  var indexesWithinTables: Bool {
    var known: [Value: TensorData] = [:]
    for node in nodes {
      if let gather = node.op as? Gather, let indices = known[node.operands[1]] {
        let table = type(of: node.operands[0]).shape
        let extent = table.axis(gather.axis).map { table[$0] } ?? 0
        guard indices.ints.allSatisfy({ -extent..<extent ~= $0 }) else { return false }
      }
      if let op = node.op as? any TypeOp {
        known[node.result] = try? op.value(of: type(of: node.operand))
      } else if let constant = node.op as? Constant {
        known[node.result] = constant.value
      } else {
        let operands = node.operands.compactMap { known[$0] }
        let types = node.results.map(type(of:))
        guard operands.count == node.operands.count, !operands.isEmpty,
          types.allSatisfy({ $0.shape.elementCount <= 1 << 16 }),
          let results = try? node.op.reference(operands, types)
        else { continue }
        for (value, data) in zip(node.results, results) { known[value] = data }
      }
    }
    return true
  }
}
