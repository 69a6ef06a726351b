public import LeptonGraph
import LeptonValues

/// Batch normalisation in training with the relu behind it: `relu(norm(x) + residual)`.
///
/// Operands: x, scale and bias, then the residual (like x) where the flag says so.
/// Results: y like x; mean and biased variance of the batch, `[C]`.
public struct FusedBatchNorm: CompositeOp {
  public static let name = "fused_batch_norm"

  public var norm: BatchNormTraining
  public var hasResidual: Bool

  public init(_ norm: BatchNormTraining, hasResidual: Bool) {
    self.norm = norm
    self.hasResidual = hasResidual
  }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    try expect(hasResidual ? 4 : 3, operands.map { b.type(of: $0) })
    var results = try b.add(norm, Array(operands.prefix(3)))
    if hasResidual { results[0] = try b.add(one: Add(), results[0], operands[3]) }
    results[0] = try b.add(one: Relu(), results[0])
    return results
  }

  public static let samples = [
    sample([2, 3, 4, 5], hasResidual: false),
    sample([3, 16, 5, 7], hasResidual: true),
    sample([1, 17, 3, 3], hasResidual: true),
    sample([37, 24, 1, 1], hasResidual: false),
    sample([2, 8, 23, 25], hasResidual: false),
  ]

  private static func sample(_ shape: Shape, hasResidual: Bool) -> Sample {
    let row = Shape([shape[1]])
    return Sample(
      FusedBatchNorm(BatchNormTraining(epsilon: 1e-3), hasResidual: hasResidual),
      [.normal(shape), .normal(row), .normal(row)] + (hasResidual ? [.normal(shape)] : []),
      differentiable: false, onnx: false)
  }
}

/// The gradient of batch normalisation in training from that of the relu behind it.
///
/// Operands: x, scale, bias, the batch's mean and biased variance, and the gradient of the relu's
/// result. Results: the gradients of x, scale and bias. The relu's mask is found anew from x, which
/// is read anyway.
public struct FusedBatchNormGradient: CompositeOp {
  public static let name = "fused_batch_norm_gradient"

  public var gradient: BatchNormGradient

  public init(_ gradient: BatchNormGradient) { self.gradient = gradient }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    try expect(6, operands.map { b.type(of: $0) })
    let y = try b.add(
      one: BatchNorm(epsilon: gradient.epsilon), operands[0], operands[1], operands[2],
      operands[3], operands[4])
    let masked = try b.add(one: ReluGradient(), y, operands[5])
    return try b.add(gradient, [operands[0], operands[1], operands[3], operands[4], masked])
  }

  public static let samples = [
    sample([2, 3, 4, 5]), sample([3, 16, 5, 7]), sample([1, 17, 3, 3]), sample([37, 24, 1, 1]),
    sample([2, 8, 23, 25]),
  ]

  private static func sample(_ shape: Shape) -> Sample {
    let row = Shape([shape[1]])
    return Sample(
      FusedBatchNormGradient(BatchNormGradient(epsilon: 1e-3)),
      [
        .normal(shape), .normal(row), .normal(row), .normal(row), .uniform(row, 0.5...1),
        .normal(shape),
      ], differentiable: false, onnx: false)
  }
}
