import LeptonValues

/// Exporters keep one of several equal tensors: of normalisations that were never trained, say, whose scales are all ones.
extension StoredTensors {
  /// Gives each normalisation and each bias a tensor of its own again, so that they are trained one by one; answers the
  /// nodes that read those.
  ///
  /// - Parameter outputs: of the graph, whose names stay.
  mutating func untie(_ nodes: [ONNXNodeProto], keeping outputs: [String]) -> [ONNXNodeProto] {
    // Graphs inside of nodes may read any name.
    guard !nodes.contains(where: { $0.attribute.contains { $0.hasG || !$0.graphs.isEmpty } }) else {
      return nodes
    }
    var originals: [String: String] = [:]
    var readBefore: Set<String> = []
    var result: [ONNXNodeProto] = []
    for var node in nodes {
      for (position, name) in node.input.enumerated() {
        guard let original = originals[name] else { continue }
        node.input[position] = original
      }
      if node.key == "Identity", let source = node.input.first, elements[source] != nil,
        let copy = node.output.first, !outputs.contains(copy)
      {
        originals[copy] = source
        continue
      }
      let own = Self.own[node.key]
      for position in node.input.indices {
        let name = node.input[position]
        guard let data = elements[name], !readBefore.insert(name).inserted,
          own?.contains(position) == true
        else { continue }
        node.input[position] = add(data, like: name)
      }
      result.append(node)
    }
    return result
  }

  /// Positions of operands that belong to one node, by op type.
  private static let own: [String: ClosedRange<Int>] = [
    "BatchNormalization": 1...4, "InstanceNormalization": 1...2, "LayerNormalization": 1...2,
    "Conv": 2...2, "ConvTranspose": 2...2, "Gemm": 2...2,
  ]

  private mutating func add(_ data: TensorData, like name: String) -> String {
    var number = 1
    while elements["\(name).\(number)"] != nil { number += 1 }
    let copy = "\(name).\(number)"
    names.append(copy)
    elements[copy] = data
    return copy
  }
}
