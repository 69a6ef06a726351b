import LeptonGraph
import LeptonOps

extension Pass {
  /// Computes equal things once (common subexpressions).
  public static let mergeEqual = Pass("merge-equal") { graph in
    var seen: [Computation: [Value]] = [:]
    return try graph.rewritten { node, operands, b in
      let computation = Computation(op: AnyHashable(node.op), operands: operands)
      if let results = seen[computation] { return results }
      let results = try b.add(node.op, operands)
      seen[computation] = results
      return results
    }
  }
}

private struct Computation: Hashable {
  let op: AnyHashable
  let operands: [Value]
}
