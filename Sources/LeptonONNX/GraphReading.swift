import LeptonGraph
import LeptonOps
import LeptonValues

/// What a file's nodes were read as: the graph with everything that exporters compute of extents still in it, and the values
/// that are known.
struct GraphReading {
  let graph: Graph
  let constants: [Value: TensorData]

  /// The graph with known values as constants, and nothing unused but data inputs.
  var folded: Graph {
    get throws { try graph.folding(constants).withoutUnusedResidents() }
  }

  /// The same with known values folded: what is left when the extents have gone where they go.
  var withoutArithmetic: GraphReading {
    get throws {
      let folded = try folded
      var constants: [Value: TensorData] = [:]
      for node in folded.nodes {
        if let constant = node.op as? Constant { constants[node.result] = constant.value }
      }
      return GraphReading(graph: folded, constants: constants)
    }
  }
}
