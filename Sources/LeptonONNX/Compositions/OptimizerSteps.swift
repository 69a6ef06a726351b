import LeptonGraph
import LeptonOps
import LeptonValues

/// The optimizers of `ai.onnx.preview.training`: one step for any number of tensors.
///
/// Operands: learning rate, number of steps so far, then the tensors, their gradients, and one or two moments of each.
extension Compositions {
  static let readMomentum: ONNXReader = { node, context in
    try node.allow(["alpha", "beta", "mode", "norm_coefficient"])
    let mode = try node.choice("mode", of: ["standard", "nesterov"], default: "")
    guard ["alpha", "beta", "norm_coefficient"].allSatisfy({ node.attributes[$0] != nil }) else {
      throw node.error("alpha, beta or norm_coefficient is missing")
    }
    let (alpha, beta) = (node.float("alpha", default: 0), node.float("beta", default: 0))
    let step = try OptimizerStep(node, moments: 1, context)
    return try step.results(&context) { x, g, moments, context in
      let first = try context.number(1, like: x)
      let isLater = try context.isPositive(step.count)
      let share = try context.add(Select(), isLater, context.number(beta, like: x), first)
      let v = try context.plus(
        context.times(moments[0], alpha), context.times(share, g))
      let direction =
        mode == "nesterov" ? try context.plus(g, context.times(v, alpha)) : v
      let rate = try context.cast(step.rate, to: context.dtype(of: x))
      return [try context.minus(x, context.times(rate, direction)), v]
    }
  }

  static let readAdagrad: ONNXReader = { node, context in
    try node.allow(["decay_factor", "epsilon", "norm_coefficient"])
    let step = try OptimizerStep(node, moments: 1, context)
    let decay = node.float("decay_factor", default: 0)
    return try step.results(&context) { x, g, moments, context in
      let count = try context.cast(step.count, to: context.dtype(of: x))
      let rate = try context.over(
        context.cast(step.rate, to: context.dtype(of: x)),
        context.plus(context.times(count, decay), 1))
      let h = try context.plus(moments[0], context.times(g, g))
      let root = try context.plus(
        context.add(Sqrt(), h), node.float("epsilon", default: 1e-6))
      return [try context.minus(x, context.over(context.times(rate, g), root)), h]
    }
  }

  static let readAdam: ONNXReader = { node, context in
    try node.allow(["alpha", "beta", "epsilon", "norm_coefficient", "norm_coefficient_post"])
    let step = try OptimizerStep(node, moments: 2, context)
    let (alpha, beta) = (node.float("alpha", default: 0.9), node.float("beta", default: 0.999))
    return try step.results(&context) { x, g, moments, context in
      let v = try context.plus(context.times(moments[0], alpha), context.times(g, 1 - alpha))
      let h = try context.plus(
        context.times(moments[1], beta), context.times(context.times(g, g), 1 - beta))
      let root = try context.plus(
        context.add(Sqrt(), h), node.float("epsilon", default: 1e-6))
      let rate = try context.adamRate(step, alpha, beta, like: x)
      let moved = try context.minus(x, context.over(context.times(rate, v), root))
      return [try context.times(moved, 1 - node.float("norm_coefficient_post", default: 0)), v, h]
    }
  }
}

/// The operands of an optimizer.
private struct OptimizerStep {
  let rate: Value
  /// Steps that were taken before.
  let count: Value
  /// Tensors, gradients, moments.
  private let groups: [[Value]]
  private let decay: Double

  init(_ node: ONNXNode, moments: Int, _ context: ONNXReadContext) throws {
    (rate, count) = (try node.input(0), try node.input(1))
    let operands = try node.inputs.indices.dropFirst(2).map { try node.input($0) }
    let size = operands.count / (moments + 2)
    guard size > 0, operands.count == size * (moments + 2),
      [rate, count].allSatisfy({ context.shape(of: $0).elementCount == 1 })
    else {
      throw node.error(
        "\(operands.count) tensors", fix: "give tensors, gradients and \(moments) moments of each")
    }
    groups = (0..<moments + 2).map { Array(operands[$0 * size..<($0 + 1) * size]) }
    decay = node.float("norm_coefficient", default: 0)
    for index in 0..<size where Set(groups.map { context.type(of: $0[index]) }).count > 1 {
      throw node.error("tensor \(index), its gradient and its moments differ in type")
    }
  }

  /// New tensors, then new moments, each as `update` says of a tensor, its gradient and its moments.
  func results(
    _ context: inout ONNXReadContext,
    _ update: (Value, Value, [Value], inout ONNXReadContext) throws -> [Value]
  ) throws -> [Value] {
    var results: [[Value]] = []
    for index in groups[0].indices {
      let (x, moments) = (groups[0][index], groups[2...].map { $0[index] })
      let g =
        decay == 0
        ? groups[1][index]
        : try context.plus(context.times(x, decay), groups[1][index])
      results.append(try update(x, g, moments, &context))
    }
    return results[0].indices.flatMap { kind in results.map { $0[kind] } }
  }
}

extension ONNXReadContext {
  fileprivate mutating func isPositive(_ count: Value) throws -> Value {
    try add(Greater(), count, number(0, like: count))
  }

  /// The rate with both moments' bias towards 0 taken out.
  fileprivate mutating func adamRate(
    _ step: OptimizerStep, _ alpha: Double, _ beta: Double, like x: Value
  ) throws -> Value {
    let rate = try cast(step.rate, to: dtype(of: x))
    let count = try cast(step.count, to: dtype(of: x))
    let one = try number(1, like: x)
    func rest(_ base: Double) throws -> Value {
      try minus(one, add(Power(), number(base, like: x), count))
    }
    let corrected = try over(times(rate, add(Sqrt(), rest(beta))), rest(alpha))
    return try add(Select(), isPositive(step.count), corrected, rate)
  }
}
