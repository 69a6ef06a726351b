import LeptonOps
import LeptonValues

/// The tensors that a file holds, in its order.
struct StoredTensors {
  var names: [String] = []
  var elements: [String: TensorData] = [:]

  init(of file: ModelFile, external: inout ExternalData) throws {
    for (tensor, range) in zip(file.model.graph.initializer, file.elements) {
      let raw = range.map { RawElements(bytes: file.bytes, range: $0) }
      let data = try TensorData(tensor, raw: raw, external: &external)
      guard elements.updateValue(data, forKey: tensor.name) == nil else {
        throw LeptonError(.badInput, "two initializers have the name '\(tensor.name)'")
      }
      names.append(tensor.name)
    }
  }

  /// Takes weights that are stored in fewer bits, and widened by a Cast or by blocks before anything reads them, for the
  /// single-precision weights that they stand for. Answers the nodes that remain.
  ///
  /// - Parameter kept: names of tensors that are parameters in two bytes, and stay so.
  mutating func widen(_ nodes: [ONNXNodeProto], except kept: [String]) -> [ONNXNodeProto] {
    nodes.filter { node in
      guard let wide = widened(by: node, except: kept) else { return true }
      names.append(node.output[0])
      elements[node.output[0]] = wide
      return false
    }
  }

  private func widened(by node: ONNXNodeProto, except kept: [String]) -> TensorData? {
    if let blocks = FourBitBlocks(node, elements) { return blocks.values }
    guard node.isCastToFloat, let stored = elements[node.input[0]], !kept.contains(node.input[0]),
      stored.dtype == .bf16 || stored.dtype == .f16
    else { return nil }
    return stored.converted(to: .f32)
  }
}

extension ONNXNodeProto {
  fileprivate var isCastToFloat: Bool {
    key == "Cast" && input.count == 1 && output.count == 1
      && attribute.contains { $0.name == "to" && $0.i == Int64(DType.f32.onnxCode) }
  }
}
