import LeptonOps

/// The largest element of each window: `[N, C, H, W]` to `[N, C, H', W']`.
public struct MaxPool2D: Module {
  let op: LeptonOps.MaxPool2D

  /// - Parameter stride: the window's step; its extent where nil.
  public init(_ kernel: Int, stride: Int? = nil, padding: Int = 0) {
    let stride = stride ?? kernel
    op = LeptonOps.MaxPool2D(
      kernel: [kernel, kernel], strides: [stride, stride],
      padding: [padding, padding, padding, padding])
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { Tensor.apply(op, [x], nil) }
}

/// The mean of each window: `[N, C, H, W]` to `[N, C, H', W']`. Padding counts as zeros, as in
/// PyTorch.
public struct AveragePool2D: Module {
  let op: LeptonOps.AveragePool2D

  /// - Parameter stride: the window's step; its extent where nil.
  public init(_ kernel: Int, stride: Int? = nil, padding: Int = 0) {
    let stride = stride ?? kernel
    op = LeptonOps.AveragePool2D(
      kernel: [kernel, kernel], strides: [stride, stride],
      padding: [padding, padding, padding, padding], countIncludesPadding: true)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { Tensor.apply(op, [x], nil) }
}

/// The mean of each channel: `[N, C, H, W]` to `[N, C]`.
public struct GlobalAveragePool2D: Module {
  public init() {}

  public func callAsFunction(_ x: Tensor) -> Tensor { x.mean(along: 2, 3) }
}
