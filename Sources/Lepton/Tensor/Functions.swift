import LeptonOps

// Functions of each element alone.

extension Tensor {
  public func exp() -> Tensor { Tensor.apply(Exp(), [self], nil) }
  public func log() -> Tensor { Tensor.apply(Log(), [self], nil) }
  public func sqrt() -> Tensor { Tensor.apply(Sqrt(), [self], nil) }
  public func abs() -> Tensor { Tensor.apply(Abs(), [self], nil) }
  public func sin() -> Tensor { Tensor.apply(Sin(), [self], nil) }
  public func cos() -> Tensor { Tensor.apply(Cos(), [self], nil) }
  public func erf() -> Tensor { Tensor.apply(Erf(), [self], nil) }
  public func tanh() -> Tensor { Tensor.apply(LeptonOps.Tanh(), [self], nil) }
  public func sigmoid() -> Tensor { Tensor.apply(LeptonOps.Sigmoid(), [self], nil) }
  public func relu() -> Tensor { Tensor.apply(LeptonOps.Relu(), [self], nil) }
  public func silu() -> Tensor { Tensor.apply(LeptonOps.Silu(), [self], nil) }

  /// `x Φ(x)`, or its approximation by tanh. Source: Hendrycks and Gimpel, 2016.
  public func gelu(approximate: Bool = false) -> Tensor {
    Tensor.apply(LeptonOps.Gelu(approximate: approximate), [self], nil)
  }

  public func clipped(to range: ClosedRange<Double>) -> Tensor {
    Tensor.apply(Clip(low: range.lowerBound, high: range.upperBound), [self], nil)
  }
}
