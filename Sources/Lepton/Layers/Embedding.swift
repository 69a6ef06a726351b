import LeptonValues

/// A learnt vector for each number: `[...]` of `i32` or `i64` to `[..., features]`.
public struct Embedding: Module {
  /// `[count, features]`, standard normal at first, as in PyTorch.
  public var weight: Parameter

  public init(_ count: Int, _ features: Int) {
    weight = Parameter([count, features], .normal(deviation: 1))
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { weight.tensor.gathered(x) }
}
