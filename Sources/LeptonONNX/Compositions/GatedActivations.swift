import LeptonGraph
import LeptonOps

/// Activations in which the operand is its own gate, or another's.
extension Compositions {
  /// `x tanh(log(1 + exp(x)))` (Misra 2019)
  static let readMish: ONNXReader = { node, context in
    try node.allow([])
    let x = try node.input(0)
    let gate = try context.add(Tanh(), context.add(Softplus(), x))
    return [try context.times(x, gate)]
  }

  /// `x sigmoid(alpha x)` (Ramachandran et al. 2017)
  static let readSwish: ONNXReader = { node, context in
    try node.allow(["alpha"])
    return [try context.swish(node.input(0), node.float("alpha", default: 1))]
  }

  /// `swish(a) b` (Shazeer 2020)
  static let readSwiGLU: ONNXReader = { node, context in
    try node.allow(["alpha"])
    let (a, b) = (try node.input(0), try node.input(1))
    try node.require(context.shape(of: b), context.shape(of: a), "the second operand")
    return [try context.times(context.swish(a, node.float("alpha", default: 1)), b)]
  }
}

extension ONNXReadContext {
  fileprivate mutating func swish(_ x: Value, _ alpha: Double) throws -> Value {
    if alpha == 1 { return try add(Silu(), x) }
    return try times(x, add(Sigmoid(), times(x, alpha)))
  }
}
