import LeptonOps
import LeptonValues

/// A fully connected layer: `[..., inputs]` to `[..., outputs]`, `x Wᵀ + b`.
///
/// `weight` is `[outputs, inputs]`, as in PyTorch's `Linear`, and starts as there.
public struct Dense: Module {
  public var weight: Parameter
  public var bias: Parameter?

  public init(_ inputs: Int, _ outputs: Int, bias: Bool = true) {
    weight = Parameter([outputs, inputs], .kaiming(fanIn: inputs))
    self.bias = bias ? Parameter([outputs], .uniformBias(fanIn: inputs)) : nil
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let product = Tensor.apply(MatMul(transposeB: true), [x, weight.tensor], nil)
    return bias.map { product + $0.tensor } ?? product
  }
}

extension Initializer {
  /// How PyTorch starts the biases of linear and convolutional layers: uniform within 1/√fan-in.
  static func uniformBias(fanIn: Int) -> Initializer {
    let bound = 1 / Double(fanIn).squareRoot()
    return .uniform(-bound...bound)
  }
}
