public import LeptonGraph
import LeptonValues

/// Batch normalisation with the statistics of the batch itself.
///
/// Operands: x `[N, C]` or `[N, C, H, W]`, scale and bias `[C]` (f32 where x is bf16).
/// Results: y like x; mean and biased variance of the batch, `[C]`.
public struct BatchNormTraining: CompositeOp {
  public static let name = "batchNormTraining"

  public var epsilon: Double

  public init(epsilon: Double = 1e-5) { self.epsilon = epsilon }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    let types = operands.map { b.type(of: $0) }
    try expect(3, types)
    try requireChannels(types[0], Array(types[1...]))
    _ = try requireSeveral(types[0])
    let axes = BatchNormAxes(types[0].shape)
    let x = try b.cast(operands[0], to: types[1].dtype)
    let mean = try b.add(one: Reduce(.mean, axes: axes.reduced, keepDims: false), x)
    let centered = try b.add(one: Subtract(), x, b.add(one: Reshape(axes.column), mean))
    let square = try b.add(one: Multiply(), centered, centered)
    let variance = try b.add(one: Reduce(.mean, axes: axes.reduced, keepDims: false), square)
    let deviation = try b.standardDeviation(variance, epsilon: epsilon)
    let slope = try b.add(one: Divide(), operands[1], deviation)
    let scaled = try b.add(one: Multiply(), centered, b.add(one: Reshape(axes.column), slope))
    let y = try b.add(one: Add(), scaled, b.add(one: Reshape(axes.column), operands[2]))
    return [try b.cast(y, to: types[0].dtype), mean, variance]
  }

  /// One fused gradient; through the decomposition where mean or variance are differentiated too.
  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard gradients[1] == nil, gradients[2] == nil, let g = gradients[0] else {
      return try pullbackOfDecomposition(node, gradients, &b)
    }
    let (x, scale) = (node.operands[0], node.operands[1])
    return try b.add(
      BatchNormGradient(epsilon: epsilon), [x, scale, node.results[1], node.results[2], g])
  }

  public static let samples = [
    Sample(
      BatchNormTraining(), [.normal([2, 3, 4, 5]), .normal([3]), .normal([3])], onnx: false),
    Sample(
      BatchNormTraining(epsilon: 1e-3), [.normal([5, 4]), .normal([4]), .normal([4])],
      onnx: false),
    Sample(
      BatchNormTraining(epsilon: 1e-2), [.normal([1, 17, 3, 3]), .normal([17]), .normal([17])],
      onnx: false),
  ]
}

/// The gradient of batch normalisation in training.
///
/// Operands: x, scale, the batch's mean and biased variance, and the gradient of y.
/// Results: the gradients of x, scale and bias.
public struct BatchNormGradient: CompositeOp {
  public static let name = "batchNormGradient"

  public var epsilon: Double

  public init(epsilon: Double = 1e-5) { self.epsilon = epsilon }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    let types = operands.map { b.type(of: $0) }
    try expect(5, types)
    try requireChannels(types[0], Array(types[1..<4]))
    try requireShape(types[4], types[0].shape, "gradient")
    let axes = BatchNormAxes(types[0].shape)
    let x = try b.cast(operands[0], to: types[1].dtype)
    let g = try b.cast(operands[4], to: types[1].dtype)
    let deviation = try b.standardDeviation(operands[3], epsilon: epsilon)
    let centered = try b.add(
      one: Subtract(), x, b.add(one: Reshape(axes.column), operands[2]))
    let normalized = try b.add(
      one: Divide(), centered, b.add(one: Reshape(axes.column), deviation))
    let product = try b.add(one: Multiply(), g, normalized)
    func total(_ kind: Reduce.Kind, _ value: Value) throws -> Value {
      try b.add(one: Reduce(kind, axes: axes.reduced, keepDims: false), value)
    }
    func column(_ value: Value) throws -> Value {
      try b.add(one: Reshape(axes.column), value)
    }
    // dx = scale / deviation * (g - mean(g) - normalized * mean(g * normalized))
    let direct = try b.add(one: Subtract(), g, column(total(.mean, g)))
    let share = try b.add(one: Multiply(), normalized, column(total(.mean, product)))
    let slope = try b.add(one: Divide(), operands[1], deviation)
    let dx = try b.add(
      one: Multiply(), b.add(one: Subtract(), direct, share), column(slope))
    return [
      try b.cast(dx, to: types[0].dtype), try total(.sum, product), try total(.sum, g),
    ]
  }

  public static let samples = [
    sample(BatchNormGradient(), [2, 3, 4, 5]),
    sample(BatchNormGradient(epsilon: 1e-3), [5, 4]),
    sample(BatchNormGradient(epsilon: 1e-2), [1, 17, 3, 3]),
  ]

  private static func sample(_ op: BatchNormGradient, _ shape: Shape) -> Sample {
    let row = Shape([shape[1]])
    return Sample(
      op, [.normal(shape), .normal(row), .normal(row), .uniform(row, 0.5...1), .normal(shape)],
      onnx: false)
  }
}
