import LeptonOps

/// While training, elements are zero with probability `rate` and the others grow by `1 / (1 -
/// rate)`; otherwise nothing happens. Source: Srivastava et al., 2014.
public struct Dropout: Module {
  let op: LeptonOps.Dropout

  public init(_ rate: Double = 0.5) {
    precondition((0..<1).contains(rate), "a dropout rate of \(rate); give one in 0..<1")
    op = LeptonOps.Dropout(rate: rate)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { Tensor.apply(op, [x], nil) }
}
