public import LeptonGraph

extension GraphBuilder {
  /// Reverse-mode differentiation: appends the nodes that compute the gradients of `targets` with respect to
  /// `sources`, and answers them, nil where a source has no influence.
  ///
  /// - Parameters:
  ///   - targets: values with the gradient that flows into each (the seed; a scalar 1 for a loss).
  ///   - nodes: the range of node indices to go back through; all nodes by default.
  public mutating func gradients(
    of targets: [(value: Value, seed: Value)], withRespectTo sources: [Value],
    through nodes: Range<Int>? = nil
  ) throws -> [Value?] {
    let range = nodes ?? 0..<graph.nodes.count
    let relevant = dependents(of: sources, in: range)
    var gradients: [Value: Value] = [:]
    for (value, seed) in targets { try accumulate(seed, into: &gradients, for: value) }
    for index in range.reversed() {
      let node = graph.nodes[index]
      let incoming = node.results.map { gradients[$0] }
      guard incoming.contains(where: { $0 != nil }),
        node.operands.contains(where: relevant.contains)
      else { continue }
      let scope = self.scope
      self.scope = node.name
      defer { self.scope = scope }
      let outgoing = try node.op.pullback(node, incoming, &self)
      for (operand, gradient) in zip(node.operands, outgoing) where relevant.contains(operand) {
        if let gradient { try accumulate(gradient, into: &gradients, for: operand) }
      }
    }
    return sources.map { gradients[$0] }
  }

  private mutating func accumulate(
    _ gradient: Value, into gradients: inout [Value: Value], for value: Value
  ) throws {
    guard let earlier = gradients[value] else {
      gradients[value] = gradient
      return
    }
    gradients[value] = try add(one: Add(), earlier, gradient)
  }

  /// The values that depend on `sources`, themselves included.
  private func dependents(of sources: [Value], in range: Range<Int>) -> Set<Value> {
    var dependents = Set(sources)
    for node in graph.nodes[range] where node.operands.contains(where: dependents.contains) {
      dependents.formUnion(node.results)
    }
    return dependents
  }
}
