public import LeptonGraph
import LeptonOps
public import LeptonValues

/// A training step as one graph: parameters, state and a batch in; loss, metrics and their next
/// values out.
///
/// Data inputs, in order: those of the model, `random_key` (where the model draws random numbers),
/// `labels`, `learning_rate`, and for Adam `correction1` and `correction2`. Data outputs: `loss`,
/// `correct` (how many examples are classified right; not for regression) and `gradient_norm`
/// (where it is clipped). Parameters, running statistics and the optimizer's
/// `optimizer.m.<parameter>` are inputs and outputs of the same name, so they stay in the
/// executable.
public enum TrainingStep {
  /// Lowers the model for training and appends loss, gradients and updates.
  ///
  /// - Parameters:
  ///   - batch: examples in a step.
  ///   - clipNorm: gradients are scaled down where their norm, over all parameters together, is
  ///     larger.
  ///   - labels: the type of the labels, where it is not `loss.labelType(for:)`.
  /// - Throws: `LeptonError` of kind `badInput` where model and loss do not fit.
  public static func build(
    _ model: Model, loss: Loss, optimizer: Optimizer, batch: Int, clipNorm: Double? = nil,
    labels labelType: TensorType? = nil
  ) throws -> Graph {
    var lowered = try model.withBatch(batch).graph.lowered(for: .training)
    let output = try lowered.onlyDataOutput()
    lowered.name += ".train"
    var b = GraphBuilder(continuing: lowered)
    b.removeOutputs()

    b.scope = "loss"
    let labels = b.input(
      "labels", try labelType ?? loss.labelType(for: b.type(of: output)), role: .data)
    let examples = try loss.perExample(output, labels, &b)
    let mean = try b.add(one: Reduce(.mean, axes: [0], keepDims: false), examples)
    let forward = b.graph.nodes.count
    b.output("loss", mean)
    if let correct = try loss.isCorrect(output, labels, &b) {
      b.output("correct", try b.add(one: Reduce(.sum, axes: [0], keepDims: false), correct))
    }

    let one = try b.add(one: Constant(TensorData(scalar: Float(1))))
    let ports = lowered.parameters
    let found = try b.gradients(
      of: [(mean, one)], withRespectTo: ports.map(\.value), through: 0..<forward)
    // A parameter without influence on the loss stays as it is.
    let gradients = zip(ports, found).compactMap { port, gradient in
      gradient.map { (port: port, value: $0) }
    }

    b.scope = "optimizer"
    var scale = one
    if let clipNorm {
      let norm = try globalNorm(gradients.map(\.value), &b)
      b.output("gradient_norm", norm)
      scale = try clippingScale(norm, limit: clipNorm, &b)
    }
    try update(gradients, scale: scale, with: optimizer, &b)
    for port in lowered.outputs where port.isResident {
      b.output(port.name, port.value, role: port.role)
    }
    let graph = b.graph.withoutUnusedNodes()
    try graph.verify()
    return graph
  }

  private static func update(
    _ gradients: [(port: Graph.Port, value: Value)], scale: Value, with optimizer: Optimizer,
    _ b: inout GraphBuilder
  ) throws {
    var scalars = [b.input("learning_rate", TensorType(.f32, [])), scale]
    if optimizer.betas != nil {
      scalars.append(b.input("correction1", TensorType(.f32, [])))
      scalars.append(b.input("correction2", TensorType(.f32, [])))
    }
    for (port, gradient) in gradients {
      let type = b.type(of: port.value)
      let names = optimizer.moments.map { "optimizer.\($0).\(port.name)" }
      let moments = names.map { b.input($0, type, role: .state) }
      let next = try b.add(optimizer.update, [port.value, gradient] + moments + scalars)
      b.output(port.name, next[0], role: port.role)
      for (name, value) in zip(names, next.dropFirst()) { b.output(name, value, role: .state) }
    }
  }

  private static func globalNorm(_ gradients: [Value], _ b: inout GraphBuilder) throws -> Value {
    var total: Value?
    for gradient in gradients {
      let square = try b.add(one: Multiply(), gradient, gradient)
      let axes = Array(0..<b.shape(of: square).rank)
      let sum =
        axes.isEmpty ? square : try b.add(one: Reduce(.sum, axes: axes, keepDims: false), square)
      total = try total.map { try b.add(one: Add(), $0, sum) } ?? sum
    }
    guard let total else {
      throw LeptonError(.badInput, "no parameter has influence on the loss")
    }
    return try b.add(one: Sqrt(), total)
  }

  /// `min(1, limit / (norm + 1e-6))`, as in PyTorch.
  private static func clippingScale(
    _ norm: Value, limit: Double, _ b: inout GraphBuilder
  ) throws -> Value {
    func constant(_ value: Double) throws -> Value {
      try b.add(one: Constant(TensorData(scalar: Float(value))))
    }
    let shifted = try b.add(one: Add(), norm, constant(1e-6))
    let ratio = try b.add(one: Divide(), constant(limit), shifted)
    return try b.add(one: Minimum(), ratio, constant(1))
  }
}

extension Graph {
  /// The value that a loss compares with labels.
  func onlyDataOutput() throws -> Value {
    let ports = dataOutputs
    guard let port = ports.first, ports.count == 1 else {
      throw LeptonError(
        .badInput, "model \(name) has \(ports.count) outputs; training needs one",
        fix: "make a model with the output that the loss compares with labels")
    }
    return port.value
  }
}
