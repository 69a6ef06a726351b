import Lepton
public import LeptonGraph
import LeptonOps
import LeptonValues

/// Trained models made ready to be trained on other data.
extension Model {
  /// The same network with a new last layer for `count` classes; everything before it keeps what it has learned.
  ///
  /// New weights start as those of a fresh dense layer, the bias with zeros.
  ///
  /// - Throws: `LeptonError` of kind `badInput` where the output is not made by one product or convolution.
  public func withNewHead(classes count: Int, seed: UInt64) throws -> Model {
    let head = try ClassifierHead(of: graph)
    var model = self
    var types: [String: TensorType] = [:]
    for slices in head.slices {
      guard var type = weights[slices.parameter]?.type else { continue }
      type.shape[slices.axis] = count
      let fanIn = type.shape.elementCount / max(1, count)
      let start = slices == head.weights ? Initializer.kaiming(fanIn: fanIn) : .zeros
      types[slices.parameter] = type
      model.weights[slices.parameter] = start.elements(type, seed: seed, path: slices.parameter)
    }
    do {
      model.graph = try graph.specialized(types)
    } catch let error as LeptonError {
      throw LeptonError(
        .badInput, "the last layer cannot have \(count) classes: \(error.what)", at: error.place,
        fix: "keep it (head: keep) with data of \(head.classes) classes")
    }
    model.facts.labels = []
    return model
  }

  /// A form for training of which only the last layer learns: all before it computes as in inference, statistics too,
  /// and its parameters are state. `with(trained:)` brings what was learned back into this model.
  ///
  /// - Throws: as `withNewHead`.
  public func trainingHeadOnly() throws -> Model {
    let head = Set(try ClassifierHead(of: graph).slices.map(\.parameter))
    var model = self
    model.graph = try graph.lowered(for: .inference).rewritten { node, operands, b in
      // As one operation it would be lowered again, and normalise by the batch.
      try (node.op as? LeptonOps.BatchNorm)?.decompose(operands, &b)
    }
    for index in model.graph.inputs.indices {
      let port = model.graph.inputs[index]
      if port.role == .parameter, !head.contains(port.name) {
        model.graph.inputs[index].role = .state
      }
    }
    return model
  }

  /// The same model with the weights that training has reached, whatever form it was trained in.
  public func with(trained: Model) -> Model {
    var model = trained
    model.graph = graph
    return model
  }

  /// The softmax or sigmoid at its end, if there is one.
  public var probabilities: (any Op)? { lastProbabilities?.op }

  private var lastProbabilities: Node? {
    guard let port = graph.dataOutputs.first, graph.dataOutputs.count == 1,
      let node = graph.producer(of: port.value),
      node.op is LeptonOps.Softmax || node.op is LeptonOps.LogSoftmax
        || node.op is LeptonOps.Sigmoid
    else { return nil }
    return node
  }

  /// The same model without a softmax or sigmoid at its end: the losses take logits.
  public func endingInLogits() throws -> Model {
    guard let port = graph.dataOutputs.first, let node = lastProbabilities else { return self }
    var model = self
    for index in model.graph.outputs.indices where model.graph.outputs[index] == port {
      model.graph.outputs[index].value = node.operand
    }
    model.graph = model.graph.withoutUnusedNodes()
    return model
  }

  /// Whether it computes with rounded integers, through which no gradient says anything.
  public var isQuantized: Bool {
    graph.nodes.contains { $0.op is Quantize || $0.op is Dequantize }
  }
}
