public import LeptonGraph
import LeptonValues

/// One step of Adam (Kingma & Ba 2015) or AdamW (Loshchilov & Hutter 2019), in PyTorch's form:
/// `m' = beta1 * m + (1 - beta1) * g`, `v' = beta2 * v + (1 - beta2) * g^2`,
/// `parameter' = parameter - learningRate * (m' / correction1) / (sqrt(v' / correction2) + epsilon)`.
///
/// Operands: parameter, gradient, m and v of one shape; learning rate, gradient scale,
/// `correction1 = 1 - beta1^t` and `correction2 = 1 - beta2^t` of step t = 1, 2, ... as scalars.
/// Results: parameter, m, v. Both moments start as zero.
public struct AdamUpdate: OptimizerUpdate {
  public static let name = "adamUpdate"
  public static let momentCount = 2
  public static let scalarCount = 4

  public var beta1: Double
  public var beta2: Double
  public var epsilon: Double
  public var weightDecay: Double
  /// Decay shrinks the parameter by `learningRate * weightDecay` (AdamW) and does not enter the
  /// moments.
  public var decoupled: Bool

  public init(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0,
    decoupled: Bool = false
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.decoupled = decoupled
  }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    try requireUpdate(operands, b)
    let (parameter, gradient, m, v) = (operands[0], operands[1], operands[2], operands[3])
    let (learningRate, gradientScale) = (operands[4], operands[5])
    var start = parameter
    var g = try b.add(one: Multiply(), gradient, gradientScale)
    if weightDecay != 0 {
      let decay = try b.scaled(parameter, by: weightDecay)
      if decoupled {
        start = try b.add(
          one: Subtract(), parameter, b.add(one: Multiply(), decay, learningRate))
      } else {
        g = try b.add(one: Add(), g, decay)
      }
    }
    let square = try b.add(one: Multiply(), g, g)
    let nextM = try b.add(one: Add(), b.scaled(m, by: beta1), b.scaled(g, by: 1 - beta1))
    let nextV = try b.add(one: Add(), b.scaled(v, by: beta2), b.scaled(square, by: 1 - beta2))
    let mean = try b.add(one: Divide(), nextM, operands[6])
    let deviation = try b.add(one: Sqrt(), b.add(one: Divide(), nextV, operands[7]))
    let divisor = try b.add(one: Add(), deviation, b.scalar(epsilon, like: deviation))
    let direction = try b.add(one: Divide(), mean, divisor)
    let step = try b.add(one: Multiply(), direction, learningRate)
    return [try b.add(one: Subtract(), start, step), nextM, nextV]
  }

  public static let samples = [
    sample(AdamUpdate(), [3, 4]),
    sample(AdamUpdate(weightDecay: 0.1), [17]),
    sample(
      AdamUpdate(beta1: 0.8, beta2: 0.99, epsilon: 1e-3, weightDecay: 0.1, decoupled: true),
      [2, 3, 3, 3]),
  ]

  private static func sample(_ op: AdamUpdate, _ shape: Shape) -> Sample {
    Sample(
      op,
      [
        .normal(shape), .normal(shape), .normal(shape), .uniform(shape, 0.1...1),
        .uniform([], 0.1...0.2), .uniform([], 0.5...1), .uniform([], 0.1...1),
        .uniform([], 0.1...1),
      ], differentiable: false, onnx: false)
  }
}
