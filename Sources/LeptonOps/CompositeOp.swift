public import LeptonGraph
public import LeptonValues

/// An operation that is defined by smaller ones: value, derivative and cost follow from its decomposition.
///
/// A back end may still claim it whole (a fused softmax, say), and ONNX sees its name.
public protocol CompositeOp: Op {
  /// The same computation in smaller operations: one value for each result.
  func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value]
}

extension CompositeOp {
  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    let body = try decomposition(of: operands)
    return body.outputs.map { body.type(of: $0.value) }
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    try pullbackOfDecomposition(node, gradients, &b)
  }

  /// The derivative of the decomposition, for operations whose own derivative covers most cases.
  func pullbackOfDecomposition(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    let first = b.graph.nodes.count
    let results = try decompose(node.operands, &b)
    return try b.gradients(
      of: zip(results, gradients).compactMap { result, gradient in gradient.map { (result, $0) } },
      withRespectTo: node.operands, through: first..<b.graph.nodes.count)
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    try decomposition(of: operands.map(\.type)).evaluate(operands)
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    let flops = (try? decomposition(of: operands).cost.flops) ?? 0
    return Cost(flops: flops, operands, results)
  }

  /// The decomposition as a graph of its own, operands as inputs.
  public func decomposition(of operands: [TensorType]) throws -> Graph {
    var b = GraphBuilder(name: Self.name)
    let inputs = operands.enumerated().map { b.input("\($0.offset)", $0.element) }
    for (index, value) in try decompose(inputs, &b).enumerated() { b.output("\(index)", value) }
    return b.graph
  }
}
