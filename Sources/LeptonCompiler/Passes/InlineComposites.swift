public import LeptonGraph
import LeptonOps

extension Pass {
  /// Replaces composites that the back end has no kernel for by what they are made of.
  public static func inlineComposites(
    keeping claims: @escaping @Sendable (any Op) -> Bool
  ) -> Pass {
    Pass("inline-composites") { graph in
      var graph = graph
      while graph.nodes.contains(where: { $0.op is any CompositeOp && !claims($0.op) }) {
        graph = try graph.rewritten { node, operands, b in
          guard let composite = node.op as? any CompositeOp, !claims(composite) else { return nil }
          return try composite.decompose(operands, &b)
        }
      }
      return graph
    }
  }
}
