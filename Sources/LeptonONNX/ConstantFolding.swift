import LeptonGraph
import LeptonOps
import LeptonValues

extension ONNXReadContext {
  /// The most elements of a value that is computed while a file is read. Shape arithmetic is far
  /// below; what is above stays in the graph, for the compiler.
  private static var largestFold: Int { 1 << 16 }

  /// Computes the results of new nodes whose operands are all known. This turns the shape arithmetic
  /// of an exporter (Shape, Gather, Concat, then Reshape) into constants before they are needed.
  /// Quantised constants stay as they are: the back end computes with the integers.
  mutating func fold(from first: Int) throws {
    let graph = builder.graph
    for node in graph.nodes[first...]
    where !node.results.isEmpty && constants[node.results[0]] == nil {
      if let constant = node.op as? Constant { remember(constant.value, for: node.results[0]) }
      let operands = node.operands.compactMap { constants[$0] }
      let types = node.results.map(graph.type(of:))
      guard !(node.op is Quantize), !(node.op is Dequantize), !operands.isEmpty,
        operands.count == node.operands.count,
        types.allSatisfy({ $0.shape.elementCount <= Self.largestFold })
      else { continue }
      for (value, data) in zip(node.results, try node.op.reference(operands, types)) {
        remember(data, for: value)
      }
    }
  }

  /// Throws where a new value has extents that no tensor can have, before anyone multiplies them.
  func checkSizes(from first: Int) throws {
    for node in builder.graph.nodes[first...] {
      for type in node.results.map(builder.type(of:))
      where !type.shape.byteCountIsSane(of: type.dtype) {
        throw LeptonError(.badInput, "its result would have extents \(type.shape)")
      }
    }
  }
}

extension Graph {
  /// Known values as constants, in place of the nodes that computed them.
  func folding(_ constants: [Value: TensorData]) throws -> Graph {
    try rewritten { node, _, b in
      let known = node.results.compactMap { constants[$0] }
      guard known.count == node.results.count, !(node.op is Constant) else { return nil }
      return try known.map { try b.add(one: Constant($0)) }
    }
  }

  /// Without parameters and state that no node reads.
  func withoutUnusedResidents() -> Graph {
    let index = GraphIndex(self)
    var result = self
    result.inputs.removeAll { $0.isResident && index.isUnused($0.value) }
    return result.withoutUnusedNodes()
  }
}
