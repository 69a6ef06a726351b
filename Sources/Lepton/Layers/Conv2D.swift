import LeptonOps
import LeptonValues

/// A convolution over images: `[N, inputs, H, W]` to `[N, outputs, H', W']`.
///
/// `weight` is `[outputs, inputs / groups, kernel, kernel]`, as in PyTorch's `Conv2d`, and starts
/// as there.
public struct Conv2D: Module {
  public var weight: Parameter
  public var bias: Parameter?
  let op: LeptonOps.Conv2D

  /// - Parameters:
  ///   - kernel: height and width of the window.
  ///   - padding: zeros on each side.
  ///   - groups: parts of the channels that do not see each other; `inputs` for a depthwise
  ///     convolution.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    dilation: Int = 1, groups: Int = 1, bias: Bool = true
  ) {
    precondition(
      inputs % groups == 0 && outputs % groups == 0,
      "\(groups) groups do not divide \(inputs) and \(outputs) channels")
    let fanIn = inputs / groups * kernel * kernel
    weight = Parameter([outputs, inputs / groups, kernel, kernel], .kaiming(fanIn: fanIn))
    self.bias = bias ? Parameter([outputs], .uniformBias(fanIn: fanIn)) : nil
    op = LeptonOps.Conv2D(
      strides: [stride, stride], padding: [padding, padding, padding, padding],
      dilation: [dilation, dilation], groups: groups)
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    Tensor.apply(op, [x, weight.tensor] + (bias.map { [$0.tensor] } ?? []), nil)
  }
}
