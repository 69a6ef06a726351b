public import LeptonGraph
public import LeptonValues

/// What a convolution, dense layer or LSTM takes for one example.
public struct LayerFigures: Sendable, Hashable {
  /// The layer's name, as that of `LayerSensitivity`.
  public var name: String
  public var op: String
  public var output: Shape
  /// Its weights, without biases.
  public var parameters: Int
  /// A multiply-add counts as two.
  public var flops: Int
}

extension Model {
  /// The layers that quantisation works on, in the order of the graph.
  ///
  /// - Throws: `LeptonError` of kind `badInput` where the model is quantised already.
  public func layerFigures() throws -> [LayerFigures] {
    let source = try CompressibleGraph(withBatch(1))
    let layers = Dictionary(uniqueKeysWithValues: source.layers.map { ($0.result, $0.layer) })
    return source.graph.nodes.compactMap { node in
      guard let layer = node.results.first.flatMap({ layers[$0] }) else { return nil }
      let weights = [layer.weights, layer.recurrentWeights].compactMap(\.self)
      return LayerFigures(
        name: layer.name, op: node.op.name, output: source.graph.type(of: node.results[0]).shape,
        parameters: weights.reduce(0) { $0 + source.graph.type(of: $1).shape.elementCount },
        flops: source.graph.cost(of: node).flops)
    }
  }
}
