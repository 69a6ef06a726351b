public import LeptonGraph
import LeptonValues

/// Batch normalisation (Ioffe & Szegedy 2015): `(x - mean) / sqrt(variance + epsilon) * scale + bias`
/// for each channel.
///
/// Operands: x `[N, C]` or `[N, C, H, W]`; scale, bias, running mean and running variance `[C]`, f32
/// where x is bf16. In training the batch's own statistics stand for the running ones, which move
/// towards them.
public struct BatchNorm: CompositeOp {
  public static let name = "batchNorm"

  public var epsilon: Double
  /// The weight of a new batch in the running statistics, as in PyTorch.
  public var momentum: Double

  public init(epsilon: Double = 1e-5, momentum: Double = 0.1) {
    self.epsilon = epsilon
    self.momentum = momentum
  }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    let types = operands.map { b.type(of: $0) }
    try expect(5, types)
    try requireChannels(types[0], Array(types[1...]))
    let (x, scale, bias) = (operands[0], operands[1], operands[2])
    let deviation = try b.standardDeviation(operands[4], epsilon: epsilon)
    let column = BatchNormAxes(types[0].shape).column
    let wide = try b.cast(x, to: types[1].dtype)
    let mean = try b.add(one: Reshape(column), operands[3])
    let slope = try b.add(one: Reshape(column), b.add(one: Divide(), scale, deviation))
    let centered = try b.add(one: Subtract(), wide, mean)
    let scaled = try b.add(one: Multiply(), centered, slope)
    let y = try b.add(one: Add(), scaled, b.add(one: Reshape(column), bias))
    return [try b.cast(y, to: types[0].dtype)]
  }

  public static let samples = [
    Sample(
      BatchNorm(),
      [.normal([2, 3, 4, 5]), .normal([3]), .normal([3]), .normal([3]), .uniform([3], 0.5...2)]),
    Sample(
      BatchNorm(epsilon: 1e-3),
      [.normal([4, 5]), .normal([5]), .normal([5]), .normal([5]), .uniform([5], 0.5...2)]),
    Sample(
      BatchNorm(momentum: 0.01),
      [
        .normal([1, 17, 2, 2]), .normal([17]), .normal([17]), .normal([17]),
        .uniform([17], 0...0.1),
      ]
    ),
  ]
}

extension BatchNorm: ModeDependentOp {
  /// One node still: passes fold it into the convolution before it.
  public func lowerForInference(
    _ node: Node, _ operands: [Value], _ b: inout GraphBuilder
  ) throws -> [Value] { try b.add(self, operands) }

  public func lowerForTraining(
    _ node: Node, _ operands: [Value], _ t: inout TrainingLowering
  ) throws -> [Value] {
    let (x, mean, variance) = (operands[0], operands[3], operands[4])
    let batch = try t.builder.add(
      BatchNormTraining(epsilon: epsilon), Array(operands[..<3]))
    let next = try t.builder.add(
      RunningStatistics(momentum: momentum), [mean, variance, batch[1], batch[2], x])
    try t.update(mean, to: next[0])
    try t.update(variance, to: next[1])
    return [batch[0]]
  }
}
