import LeptonCPU
import LeptonCompiler
public import LeptonGraph
import LeptonOps
import LeptonValues

/// How a model is quantised to 8 bits after training.
///
/// Activations get one step each, weights one for each output; both have zero point 0, and a bias stays real. Source:
/// Jacob et al., 2018; Krishnamoorthi, 2018.
public struct Int8Quantization: Sendable, Hashable {
  public var range: RangeMethod
  /// 8, or 7: without 8-bit multiply-add instructions pairs of products saturate in 16 bits.
  public var weightBits: Int
  /// Names of layers that stay as they are.
  public var excluded: Set<String>

  /// - Parameter weightBits: nil takes what this processor multiplies without loss.
  public init(
    range: RangeMethod = .percentile(99.99), weightBits: Int? = nil, excluded: Set<String> = []
  ) {
    self.range = range
    self.weightBits = weightBits ?? (Processor.multipliesInt8 ? 8 : 7)
    self.excluded = excluded
  }

  func weightForm(of op: any Op, besides input: DType) -> QuantizedWeights.Form {
    weightBits == 8 ? .eightBits : op is Conv2D && input == .i8 ? .evenSevenBits : .sevenBits
  }

  func verify(against layers: [String]) throws {
    guard weightBits == 7 || weightBits == 8 else {
      throw LeptonError(.usage, "weights of \(weightBits) bits", fix: "give 7 or 8")
    }
    if case .percentile(let percent) = range, !(percent > 50 && percent <= 100) {
      throw LeptonError(
        .usage, "a percentile of \(percent)", fix: "give more than 50, at most 100: 99.99")
    }
    for name in excluded.sorted() where !layers.contains(name) {
      let near = nearestSpelling(of: name, in: layers)
      throw LeptonError(
        .usage, "the model has no layer '\(name)'", fix: near.map { "did you mean '\($0)'?" } ?? "")
    }
  }
}

extension Calibration {
  /// The model with a quantise-dequantise pair before each convolution, dense layer and LSTM and its weights as integers:
  /// what the CPU session, ONNX Runtime and OpenVINO run in 8 bits. The hidden values of an LSTM stay real.
  ///
  /// - Throws: `LeptonError` of kind `usage` for options that do not exist.
  public func quantized(_ options: Int8Quantization = Int8Quantization()) throws -> Model {
    try options.verify(against: source.layers.map(\.layer.name))
    let layers = Dictionary(
      uniqueKeysWithValues: source.layers.filter { !options.excluded.contains($0.layer.name) })
    let index = GraphIndex(source.graph)
    let stored = Dictionary(
      uniqueKeysWithValues: source.graph.nodes.compactMap { node in
        node.results.first.flatMap { layers[$0] }
          .flatMap { _ in StoredImageConvolution(node, in: source, index) }
          .map { (node.result, $0) }
      })
    var replaced = Set(
      layers.values.flatMap { [$0.weights, $0.recurrentWeights].compactMap(\.self) })
    for node in source.graph.nodes where stored[node.results[0]] != nil && node.operands.count == 3
    {
      replaced.insert(node.operands[2])
    }
    var ports = WeightPorts(source)
    var images: [Value: Value] = [:]
    var activations: [Value: Value] = [:]
    var weights: [Value: Value] = [:]
    let graph = try source.graph.rewritten { node, operands, b in
      if node.op is Cast { images[node.operand] = operands[0] }
      guard let layer = layers[node.results[0]] else {
        if replaced.contains(node.result),
          !isReadOtherwise(node.result, index, than: layers, stored)
        {
          return nil
        }
        return ports.port(for: node, &b).map { [$0] }
      }
      if let convolution = stored[node.result], let image = images[convolution.image] {
        let quantized = QuantizedWeights(
          convolution.weights(source.weights(of: layer)),
          options.weightForm(of: node.op, besides: .u8))
        let own = node.operands.count == 3 ? source.constants[node.operands[2]] : nil
        let bias = ports.add("\(layer.name).bias", convolution.bias(own, quantized), &b)
        let w = try dequantized(quantized, layer.name, &ports, &b)
        return try convolution.write(image: image, weights: w, bias: bias, &b)
      }
      let scale = ActivationScale(covering: statistics[layer.input]!.range(options.range))
      let x = try activations[layer.input] ?? b.quantizedAndBack(operands[0], scale)
      activations[layer.input] = x
      let form = options.weightForm(of: node.op, besides: scale.dtype)
      let w =
        try weights[layer.weights]
        ?? dequantized(
          QuantizedWeights(source.weights(of: layer), form), layer.name, &ports, &b)
      weights[layer.weights] = w
      guard let recurrent = layer.recurrentWeights else {
        return try b.add(node.op, [x, w] + operands.dropFirst(2))
      }
      let r =
        try weights[recurrent]
        ?? dequantized(
          QuantizedWeights(source.constants[recurrent]!, .eightBits), "\(layer.name).recurrent",
          &ports, &b)
      weights[recurrent] = r
      return try b.add(node.op, [x, w, r] + operands.dropFirst(3))
    }
    return try ports.model(graph, lineage: lineage(options))
  }

  private func dequantized(
    _ weights: QuantizedWeights, _ layer: String, _ ports: inout WeightPorts,
    _ b: inout GraphBuilder
  ) throws -> Value {
    let integers = ports.add("\(layer).weight", weights.integers, &b)
    let scales = try b.constant(weights.scales)
    let zeros = try b.constant(TensorData(zeros: TensorType(.i8, weights.scales.shape)))
    return try b.add(one: Dequantize(axis: 0), integers, scales, zeros)
  }

  /// Whether something reads the constant besides quantised layers, which have it in a form of their own.
  private func isReadOtherwise(
    _ constant: Value, _ index: GraphIndex, than layers: [Value: CompressibleGraph.Layer],
    _ stored: [Value: StoredImageConvolution]
  ) -> Bool {
    index.outputCounts[constant.id] > 0
      || index.users[constant.id].contains { user in
        let node = source.graph.nodes[user]
        return node.operands.enumerated().contains { position, operand in
          operand == constant
            && !(position == 1 && layers[node.results[0]] != nil)
            && !(position == 2 && layers[node.results[0]]?.recurrentWeights == constant)
            && !(position == 2 && stored[node.results[0]] != nil)
        }
      }
  }

  private func lineage(_ options: Int8Quantization) -> [String: String] {
    var lineage = [
      "compression": "int8", "compression.range": "\(options.range)",
      "compression.weight_bits": "\(options.weightBits)",
      "compression.calibration": fingerprint, "compression.calibration_examples": "\(count)",
    ]
    if !options.excluded.isEmpty {
      lineage["compression.excluded"] = options.excluded.sorted().joined(separator: " ")
    }
    return lineage
  }
}

extension GraphBuilder {
  /// `x` rounded to the steps of `scale`: a pair that folds into the integer kernels on both sides of it.
  fileprivate mutating func quantizedAndBack(
    _ x: Value, _ scale: ActivationScale
  ) throws -> Value {
    let step = try constant(TensorData(scalar: scale.scale))
    let zero = try constant(TensorData([0], as: TensorType(scale.dtype, [])))
    let integers = try add(one: Quantize(dtype: scale.dtype), x, step, zero)
    return try add(one: Dequantize(), integers, step, zero)
  }
}
