public import LeptonGraph

extension Graph {
  /// The graph as it is trained or as it is used: `ModeDependentOp`s replaced by what they are then.
  ///
  /// Lowered for training, a graph may have one more data input, `random_key`, and gains an output for
  /// every state that it updates (running statistics), of the same name and role.
  public func lowered(for mode: Mode) throws -> Graph {
    switch mode {
    case .inference:
      try rewritten { node, operands, b in
        try (node.op as? any ModeDependentOp)?.lowerForInference(node, operands, &b)
      }
    case .training: try loweredForTraining()
    }
  }

  private func loweredForTraining() throws -> Graph {
    var t = TrainingLowering(GraphBuilder(name: name))
    var mapped: [Value: Value] = [:]
    for port in inputs {
      mapped[port.value] = t.builder.input(port.name, type(of: port.value), role: port.role)
    }
    for node in nodes {
      let operands = node.operands.map { mapped[$0]! }
      t.builder.scope = node.name
      let results =
        if let op = node.op as? any ModeDependentOp {
          try op.lowerForTraining(node, operands, &t)
        } else {
          try t.builder.add(node.op, operands)
        }
      for (old, new) in zip(node.results, results) { mapped[old] = new }
    }
    t.builder.scope = ""
    for port in outputs { t.builder.output(port.name, mapped[port.value]!, role: port.role) }
    for (state, next) in t.updates { t.builder.output(state.name, next, role: state.role) }
    return t.builder.graph.withoutUnusedNodes()
  }
}
