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
