public import LeptonGraph
import LeptonValues

/// Layer normalisation (Ba, Kiros & Hinton 2016) over the last axis:
/// `(x - mean) / sqrt(variance + epsilon) * scale + bias`.
///
/// Operands: x `[..., n]`, scale and bias `[n]`.
public struct LayerNorm: CompositeOp {
  public static let name = "layerNorm"

  public var epsilon: Double

  public init(epsilon: Double = 1e-5) { self.epsilon = epsilon }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    let types = operands.map { b.type(of: $0) }
    try requireFloat(types, count: 3)
    let row = try rowShape(types[0])
    try requireShape(types[1], row, "scale")
    try requireShape(types[2], row, "bias")
    let (normalized, _) = try b.normalizedRows(operands[0], epsilon: epsilon)
    let scaled = try b.add(one: Multiply(), normalized, operands[1])
    return [try b.add(one: Add(), scaled, operands[2])]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil, nil, nil] }
    return try b.add(
      LayerNormGradient(epsilon: epsilon), [node.operands[0], node.operands[1], g])
  }

  public static let samples = [
    Sample(LayerNorm(), [.normal([3, 5]), .normal([5]), .normal([5])]),
    Sample(LayerNorm(epsilon: 1e-3), [.normal([2, 3, 17]), .normal([17]), .normal([17])]),
    Sample(LayerNorm(epsilon: 1e-2), [.uniform([8], 2...4), .normal([8]), .normal([8])]),
  ]
}

/// The gradient of layer normalisation. Operands: x, scale and the gradient of the result; results:
/// the gradients of x, scale and bias.
public struct LayerNormGradient: CompositeOp {
  public static let name = "layerNormGradient"

  public var epsilon: Double

  public init(epsilon: Double = 1e-5) { self.epsilon = epsilon }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    let types = operands.map { b.type(of: $0) }
    try requireFloat(types, count: 3)
    try requireShape(types[1], rowShape(types[0]), "scale")
    try requireShape(types[2], types[0].shape, "gradient")
    let (scale, g) = (operands[1], operands[2])
    let last = types[0].shape.rank - 1
    let (normalized, deviation) = try b.normalizedRows(operands[0], epsilon: epsilon)
    let product = try b.add(one: Multiply(), g, normalized)
    func rowMean(_ value: Value) throws -> Value {
      try b.add(one: Reduce(.mean, axes: [last], keepDims: true), value)
    }
    // dx = (h - mean(h) - normalized * mean(h * normalized)) / deviation, with h = g * scale
    let h = try b.add(one: Multiply(), g, scale)
    let along = try rowMean(b.add(one: Multiply(), h, normalized))
    let share = try b.add(one: Multiply(), normalized, along)
    let direct = try b.add(one: Subtract(), h, rowMean(h))
    let dx = try b.add(one: Divide(), b.add(one: Subtract(), direct, share), deviation)
    return [
      dx, try b.summed(product, to: types[1].shape), try b.summed(g, to: types[1].shape),
    ]
  }

  public static let samples = [
    Sample(LayerNormGradient(), [.normal([3, 5]), .normal([5]), .normal([3, 5])], onnx: false),
    Sample(
      LayerNormGradient(epsilon: 1e-3),
      [.normal([2, 3, 17]), .normal([17]), .normal([2, 3, 17])],
      onnx: false),
    Sample(
      LayerNormGradient(epsilon: 1e-2), [.uniform([8], 2...4), .normal([8]), .normal([8])],
      onnx: false),
  ]
}

extension Op {
  /// The shape of the last axis alone.
  fileprivate func rowShape(_ x: TensorType) throws -> Shape {
    guard let last = x.shape.last else {
      throw LeptonError(
        .badInput, "\(name): a scalar has no last axis", fix: "reshape it to [1]")
    }
    return [last]
  }
}

extension GraphBuilder {
  /// Rows with mean 0 and variance 1, and the deviation `[..., 1]` that they were divided by.
  fileprivate mutating func normalizedRows(
    _ x: Value, epsilon: Double
  ) throws -> (normalized: Value, deviation: Value) {
    let mean = Reduce(.mean, axes: [shape(of: x).rank - 1], keepDims: true)
    let centered = try add(one: Subtract(), x, add(one: mean, x))
    let variance = try add(one: mean, add(one: Multiply(), centered, centered))
    let deviation = try standardDeviation(variance, epsilon: epsilon)
    return (try add(one: Divide(), centered, deviation), deviation)
  }
}
