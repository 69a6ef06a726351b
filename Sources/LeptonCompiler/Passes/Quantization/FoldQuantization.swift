import LeptonGraph
import LeptonOps
import LeptonValues

extension Pass {
  /// Turns quantise-dequantise pairs around convolutions, dense layers and LSTMs into integer kernels, with zero
  /// points, bias, activation and requantisation folded in. Pairs that match no kernel stay what they mean, a rounding in real
  /// arithmetic, as elementwise steps that fusion gathers.
  public static let foldQuantization = Pass("fold-quantization") { graph in
    guard graph.nodes.contains(where: { $0.op is Quantize || $0.op is Dequantize }) else {
      return graph
    }
    let inlined = try Pass.inlineComposites { !($0 is LSTM) }(graph)
    return try integerKernels(hoistQuantization(inlined))
  }
}

/// Moves roundings before poolings and reshapes, which pass integers on as well as reals: a maximum of rounded numbers is
/// the rounded maximum.
private func hoistQuantization(_ graph: Graph) throws -> Graph {
  var graph = graph
  var moved = true
  while moved {
    moved = false
    let index = GraphIndex(graph)
    var made: [Value: Node] = [:]
    graph = try graph.rewritten { node, operands, b in
      if let quantize = node.op as? Quantize, quantize.axis == nil,
        index.hasOneUse(node.operands[0]),
        let producer = made[operands[0]], producer.op is MaxPool2D || producer.op is Reshape
      {
        moved = true
        let rounded = try b.add(quantize, [producer.operand] + operands.dropFirst())
        return try b.add(producer.op, rounded)
      }
      let results = try b.add(node.op, operands)
      for result in results { made[result] = b.graph.nodes.last }
      return results
    }
  }
  return graph
}

private func integerKernels(_ graph: Graph) throws -> Graph {
  let index = GraphIndex(graph)
  var facts = QuantizationFacts()
  return try graph.rewritten { node, operands, b in
    if let constant = node.op as? Constant {
      let value = try b.add(one: constant)
      facts.constants[value] = constant.value
      return [value]
    }
    if let data = try facts.folded(node.op, operands) { return [try b.constant(data, &facts)] }
    if let recurrence = node.op as? LSTMRecurrence,
      let w = facts.weights(operands[1], outputs: 0)
    {
      let weights = try [w.integers, w.scales].map { try b.constant($0, &facts) }
      return try b.add(
        QuantizedLSTMRecurrence(reversed: recurrence.reversed),
        [operands[0]] + weights + operands.dropFirst(2))
    }
    if let integers = facts.integers(requantizedBy: node, operands) { return [integers] }
    if let kernel = try IntegerKernel(node, operands, index, facts, &b) {
      let result = try b.add(
        kernel.op, [kernel.source] + kernel.constants.map { try b.constant($0, &facts) })[0]
      facts.kernels[result] = kernel
      return [result]
    }
    let moved = try facts.dequantization(movedBehind: node, operands, &b)
    let (op, operands) = moved ?? (node.op, operands)
    if let rounding = Rounding(op, operands, facts) {
      let result = try rounding.emit(operands[0], &b)
      facts.made[result] = Node(op: op, operands: operands, results: [result])
      return [result]
    }
    let results = try b.add(op, operands)
    for result in results { facts.made[result] = b.graph.nodes.last }
    return results
  }
}

extension GraphBuilder {
  fileprivate mutating func constant(
    _ data: TensorData, _ facts: inout QuantizationFacts
  ) throws -> Value {
    let value = try add(one: Constant(data))
    facts.constants[value] = data
    return value
  }
}
