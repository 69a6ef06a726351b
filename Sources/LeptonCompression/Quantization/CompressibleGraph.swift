import LeptonCompiler
import LeptonGraph
import LeptonOps
import LeptonValues

/// A model's graph in the form in which its weights can be stored otherwise: for inference, weights as constants, batch
/// normalisations folded into convolutions, dense layers as `x wᵀ`.
struct CompressibleGraph: Sendable {
  /// A convolution, dense layer or LSTM with known weights.
  struct Layer: Sendable {
    /// Unique: the module's path, or the operation with a number.
    let name: String
    let input: Value
    let weights: Value
    /// Those of an LSTM by which its last hidden values count.
    let recurrentWeights: Value?
  }

  let model: Model
  let graph: Graph
  /// In the order of the graph, by result.
  private(set) var layers: [(result: Value, layer: Layer)] = []
  /// The elements of f32 constants.
  private(set) var constants: [Value: TensorData] = [:]

  /// - Throws: `LeptonError` of kind `badInput` where the model is quantised already.
  init(_ model: Model) throws {
    guard !model.graph.nodes.contains(where: { $0.op is Quantize || $0.op is Dequantize }) else {
      throw LeptonError(
        .badInput, "model \(model.graph.name) is quantised already", at: model.facts.name,
        fix: "compress the model that it was made from")
    }
    self.model = model
    graph = try model.frozen().applying([
      .foldBatchNorm, .foldConstants, .transposeWeights, .foldConstants,
    ])
    var names = UniqueNames()
    for node in graph.nodes {
      if let constant = node.op as? Constant, constant.value.dtype == .f32 {
        constants[node.result] = constant.value
      }
      let recurrent = node.op is LSTM ? node.operands[2] : nil
      guard Self.isLayer(node), constants[node.operands[1]] != nil,
        recurrent.map({ constants[$0] != nil }) ?? true,
        constants[node.operands[0]] == nil, graph.type(of: node.operands[0]).dtype == .f32
      else { continue }
      let name = names.claim(node.name.isEmpty ? node.op.name : node.name)
      layers.append(
        (
          node.results[0],
          Layer(
            name: name, input: node.operands[0], weights: node.operands[1],
            recurrentWeights: recurrent)
        ))
    }
  }

  private static func isLayer(_ node: Node) -> Bool {
    node.op is Conv2D || node.op is LSTM || (node.op as? MatMul) == MatMul(transposeB: true)
  }

  func weights(of layer: Layer) -> TensorData { constants[layer.weights]! }
}

/// Hands out names, with a number where one is taken.
struct UniqueNames {
  private var used: Set<String> = []

  mutating func claim(_ name: String) -> String {
    var candidate = name
    var suffix = 1
    while !used.insert(candidate).inserted {
      suffix += 1
      candidate = "\(name)_\(suffix)"
    }
    return candidate
  }
}
