import LeptonValues

extension Graph {
  /// Checks what every graph promises: values are made once and before they are read, types follow from the type
  /// rules, names of ports are unique, updates have the type of what they update. Throws at the first breach.
  public func verify() throws {
    var made = [Bool](repeating: false, count: types.count)
    try checkNames(inputs, of: "input")
    try checkNames(outputs, of: "output")
    for port in inputs {
      try make(port.value, &made, "input \(port.name)")
      guard type(of: port.value).isAddressable else {
        throw LeptonError(
          .badInput, "\(type(of: port.value)) is larger than memory can be",
          at: "input \(port.name)")
      }
    }
    for (index, node) in nodes.enumerated() {
      let place = "node \(index)" + (node.name.isEmpty ? "" : " (\(node.name))")
      for operand in node.operands {
        guard types.indices.contains(operand.id), made[operand.id] else {
          throw LeptonError(
            .badInput, "\(node.op.name) reads \(operand) before it is made", at: place,
            fix: "nodes stand in topological order")
        }
      }
      let expected: [TensorType]
      do {
        expected = try node.op.checkedResultTypes(of: node.operands.map(type(of:)))
      } catch let error as LeptonError {
        throw error.within(place)
      }
      let actual = node.results.map(type(of:))
      guard expected == actual else {
        throw LeptonError(
          .badInput, "\(node.op.name) makes \(expected), the graph says \(actual)", at: place)
      }
      for result in node.results { try make(result, &made, place) }
    }
    for port in outputs {
      guard types.indices.contains(port.value.id), made[port.value.id] else {
        throw LeptonError(.badInput, "\(port.value) is never made", at: "output \(port.name)")
      }
      try checkUpdate(port)
    }
  }

  private func make(_ value: Value, _ made: inout [Bool], _ place: String) throws {
    guard types.indices.contains(value.id), !made[value.id] else {
      throw LeptonError(.badInput, "\(value) is made twice or has no type", at: place)
    }
    made[value.id] = true
  }

  private func checkNames(_ ports: [Port], of kind: String) throws {
    var seen: Set<String> = []
    for port in ports where !seen.insert(port.name).inserted {
      throw LeptonError(
        .badInput, "two ports have the name '\(port.name)'", at: kind, fix: "name each \(kind) once"
      )
    }
  }

  private func checkUpdate(_ port: Port) throws {
    guard port.isResident else { return }
    guard let input = input(named: port.name), input.role == port.role else {
      throw LeptonError(
        .badInput, "there is no \(port.role.rawValue) input of that name to update",
        at: "output \(port.name)")
    }
    guard type(of: input.value) == type(of: port.value) else {
      throw LeptonError(
        .badInput,
        "its next value is \(type(of: port.value)), the \(port.role.rawValue) is "
          + "\(type(of: input.value))", at: "output \(port.name)")
    }
  }
}
