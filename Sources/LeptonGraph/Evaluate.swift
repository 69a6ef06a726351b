public import LeptonValues

extension Graph {
  /// Runs the graph with the reference kernels: the definition of what it computes.
  ///
  /// `inputs` holds one tensor for each input port, in order; the result one for each output port.
  public func evaluate(_ inputs: [TensorData]) throws -> [TensorData] {
    guard inputs.count == self.inputs.count else {
      throw LeptonError(
        .badInput, "graph \(name) takes \(self.inputs.count) inputs, \(inputs.count) were given")
    }
    var values = [TensorData?](repeating: nil, count: types.count)
    for (port, data) in zip(self.inputs, inputs) {
      guard data.type == type(of: port.value) else {
        throw LeptonError(
          .badInput, "input \(port.name) is \(data.type)", fix: "give \(type(of: port.value))")
      }
      values[port.value.id] = data
    }
    for node in nodes {
      let operands = node.operands.map { values[$0.id]! }
      let results = try node.op.reference(operands, node.results.map(type(of:)))
      for (value, data) in zip(node.results, results) { values[value.id] = data }
    }
    return outputs.map { values[$0.value.id]! }
  }
}
