import LeptonValues

/// The textual form of a graph: a line for each port and node. Short, stable, and read back by
/// `Graph.init(parsing:_:)`.
///
///     graph "classifier"
///     %0 = input "x" : f32[8, 4]
///     %1 = parameter "weight" : f32[2, 4]
///     %2 = matmul(%0, %1) {transposeA: false, transposeB: true} : f32[8, 2] @ "head"
///     output "logits" %2
extension Graph: CustomStringConvertible {
  public var description: String {
    let lines =
      ["graph \(name.quoted)"] + inputs.map(line(input:)) + nodes.map(line(node:))
      + outputs.map(line(output:))
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(input port: Port) -> String {
    let kind = port.role == .data ? "input" : port.role.rawValue
    return "\(port.value) = \(kind) \(port.name.quoted) : \(type(of: port.value))"
  }

  private func line(output port: Port) -> String {
    let kind = port.role == .data ? "" : "\(port.role.rawValue) "
    return "output \(kind)\(port.name.quoted) \(port.value)"
  }

  private func line(node: Node) -> String {
    let operands = node.operands.map(\.description).joined(separator: ", ")
    let types = node.results.map { type(of: $0).description }.joined(separator: ", ")
    let results = node.results.map(\.description).joined(separator: ", ")
    let place = node.name.isEmpty ? "" : " @ \(node.name.quoted)"
    return "\(results) = \(node.op.name)(\(operands))\(node.op.attributeText) : \(types)\(place)"
  }
}

extension Graph.Port: CustomStringConvertible {
  /// `parameter "weight"`
  public var description: String { "\(role == .data ? "input" : role.rawValue) \(name.quoted)" }
}
