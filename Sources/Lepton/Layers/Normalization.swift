import LeptonOps
import LeptonValues

/// Each channel scaled to the mean and variance of the batch while training, to their running
/// values otherwise.
///
/// Takes `[N, C]` or `[N, C, H, W]`. Source: Ioffe and Szegedy, 2015; defaults of PyTorch's
/// `BatchNorm2d`.
public struct BatchNorm: Module {
  public var weight: Parameter
  public var bias: Parameter
  public var runningMean: Parameter
  public var runningVar: Parameter
  let op: LeptonOps.BatchNorm

  /// - Parameter momentum: the weight of a new batch in the running values.
  public init(_ channels: Int, epsilon: Double = 1e-5, momentum: Double = 0.1) {
    weight = Parameter([channels], .ones)
    bias = Parameter([channels], .zeros)
    runningMean = Parameter([channels], .zeros, role: .state)
    runningVar = Parameter([channels], .ones, role: .state)
    op = LeptonOps.BatchNorm(epsilon: epsilon, momentum: momentum)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    Tensor.apply(
      op, [x, weight.tensor, bias.tensor, runningMean.tensor, runningVar.tensor], nil)
  }
}

/// Each example scaled to mean 0 and variance 1 over the last axis, then by learnt weight and bias.
///
/// Source: Ba, Kiros and Hinton, 2016; defaults of PyTorch's `LayerNorm`.
public struct LayerNorm: Module {
  public var weight: Parameter
  public var bias: Parameter
  let op: LeptonOps.LayerNorm

  public init(_ features: Int, epsilon: Double = 1e-5) {
    weight = Parameter([features], .ones)
    bias = Parameter([features], .zeros)
    op = LeptonOps.LayerNorm(epsilon: epsilon)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    Tensor.apply(op, [x, weight.tensor, bias.tensor], nil)
  }
}
