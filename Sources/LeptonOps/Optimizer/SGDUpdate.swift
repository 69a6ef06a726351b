public import LeptonGraph
import LeptonValues

/// One step of stochastic gradient descent with momentum, in PyTorch's form:
/// `g = gradient * gradientScale + weightDecay * parameter`, `v' = momentum * v + g`,
/// `parameter' = parameter - learningRate * v'` (Nesterov: `g + momentum * v'` for `v'`).
///
/// Operands: parameter, gradient and velocity of one shape, learning rate and gradient scale as
/// scalars. Results: parameter and velocity. The velocity starts as zero.
public struct SGDUpdate: OptimizerUpdate {
  public static let name = "sgdUpdate"
  public static let momentCount = 1
  public static let scalarCount = 2

  public var momentum: Double
  /// Added to the gradient (L2 penalty).
  public var weightDecay: Double
  public var nesterov: Bool

  public init(momentum: Double = 0, weightDecay: Double = 0, nesterov: Bool = false) {
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.nesterov = nesterov
  }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    try requireUpdate(operands, b)
    let (parameter, gradient, velocity) = (operands[0], operands[1], operands[2])
    let (learningRate, gradientScale) = (operands[3], operands[4])
    var g = try b.add(one: Multiply(), gradient, gradientScale)
    if weightDecay != 0 { g = try b.add(one: Add(), g, b.scaled(parameter, by: weightDecay)) }
    let next = try b.add(one: Add(), b.scaled(velocity, by: momentum), g)
    let direction =
      nesterov ? try b.add(one: Add(), g, b.scaled(next, by: momentum)) : next
    let step = try b.add(one: Multiply(), direction, learningRate)
    return [try b.add(one: Subtract(), parameter, step), next]
  }

  public static let samples = [
    Sample(
      SGDUpdate(),
      [.normal([3, 4]), .normal([3, 4]), .normal([3, 4]), .uniform([], 0.1...0.2), .normal([])],
      differentiable: false, onnx: false),
    Sample(
      SGDUpdate(momentum: 0.9, weightDecay: 1e-2),
      [.normal([17]), .normal([17]), .normal([17]), .uniform([], 0.1...0.2), .normal([])],
      differentiable: false, onnx: false),
    Sample(
      SGDUpdate(momentum: 0.9, weightDecay: 1e-2, nesterov: true),
      [
        .normal([2, 3, 3, 3]), .normal([2, 3, 3, 3]), .normal([2, 3, 3, 3]),
        .uniform([], 0.1...0.2), .normal([]),
      ], differentiable: false, onnx: false),
  ]
}
