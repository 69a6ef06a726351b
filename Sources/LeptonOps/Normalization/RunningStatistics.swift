public import LeptonGraph
import LeptonValues

/// Moves the running statistics of a batch normalisation towards those of a batch:
/// `(1 - momentum) * running + momentum * batch`, the variance made unbiased first.
///
/// Operands: running mean and variance, the batch's mean and biased variance, all `[C]`, and the
/// batch x, whose extents say how many elements the statistics are over. Results: the next running
/// mean and variance.
public struct RunningStatistics: CompositeOp {
  public static let name = "runningStatistics"

  /// The weight of the batch.
  public var momentum: Double

  public init(momentum: Double = 0.1) { self.momentum = momentum }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    let types = operands.map { b.type(of: $0) }
    try expect(5, types)
    try requireChannels(types[4], Array(types[..<4]))
    let count = Double(try requireSeveral(types[4]))
    let variance = try b.scaled(operands[3], by: momentum * count / (count - 1))
    return [
      try b.add(
        one: Add(), b.scaled(operands[0], by: 1 - momentum), b.scaled(operands[2], by: momentum)),
      try b.add(one: Add(), b.scaled(operands[1], by: 1 - momentum), variance),
    ]
  }

  public static let samples = [
    sample(RunningStatistics(), [2, 3, 4, 5]),
    sample(RunningStatistics(momentum: 0.5), [2, 4]),
    sample(RunningStatistics(momentum: 1), [1, 17, 1, 2]),
  ]

  private static func sample(_ op: RunningStatistics, _ shape: Shape) -> Sample {
    let row = Shape([shape[1]])
    return Sample(
      op, [.normal(row), .uniform(row, 0...1), .normal(row), .uniform(row, 0...1), .normal(shape)],
      onnx: false)
  }
}
