package import LeptonGraph

/// An activation that a convolution or a product can apply to its result before it is written.
public enum Activation: Sendable, Hashable, Codable {
  case relu
  case sigmoid
  case tanh
  case gelu(tanh: Bool)
  case silu
  case clip(Double, Double)
  case hardSwish
  case leakyRelu(Double)
}

extension Activation {
  /// The activation as an operation of its own.
  public var op: any ElementwiseOp {
    switch self {
    case .relu: Relu()
    case .sigmoid: Sigmoid()
    case .tanh: Tanh()
    case .gelu(let tanh): Gelu(approximate: tanh)
    case .silu: Silu()
    case .clip(let low, let high): Clip(low: low, high: high)
    case .hardSwish: HardSwish()
    case .leakyRelu(let alpha): LeakyRelu(alpha: alpha)
    }
  }

  package func apply(to value: Value, _ b: inout GraphBuilder) throws -> Value {
    try b.add(one: op, value)
  }
}
