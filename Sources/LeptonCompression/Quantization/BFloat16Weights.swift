public import LeptonGraph
import LeptonOps
import LeptonValues

extension Model {
  /// The same network with the weights of convolutions, dense layers and LSTMs stored in bf16, half their size, and
  /// widened where they are used. Batch normalisations are folded.
  ///
  /// A processor that multiplies bf16 computes in it with `Session(precision: .bf16)`; elsewhere only the size changes.
  public func withBFloat16Weights() throws -> Model {
    let source = try CompressibleGraph(self)
    guard !source.layers.isEmpty else {
      throw LeptonError(
        .badInput, "model \(graph.name) has no convolution or dense layer with known weights",
        at: facts.name)
    }
    var names = [Value: String]()
    for (_, layer) in source.layers where names[layer.weights] == nil {
      names[layer.weights] = "\(layer.name).weight"
      if let recurrent = layer.recurrentWeights {
        names[recurrent] = "\(layer.name).recurrent_weight"
      }
    }
    var ports = WeightPorts(source)
    let compressed = try source.graph.rewritten { node, _, b in
      if let name = names[node.result] {
        let stored = ports.add(name, source.constants[node.result]!.converted(to: .bf16), &b)
        return [try b.add(one: Cast(to: .f32), stored)]
      }
      return ports.port(for: node, &b).map { [$0] }
    }
    return try ports.model(compressed, lineage: ["compression": "bf16"])
  }
}
