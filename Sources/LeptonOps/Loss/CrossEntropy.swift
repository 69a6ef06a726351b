import Foundation

public import LeptonGraph
public import LeptonValues

/// The cross entropy of each example: `log(sum(exp(logits))) - logits[label]`.
///
/// Operands: logits `[N, C]` and labels `[N]`, whole numbers of `0..<C` as i32 or i64. Result `[N]`,
/// f32 (f64 for f64 logits); NaN where a label is none of the classes.
public struct CrossEntropy: Op {
  public static let name = "crossEntropy"

  public init() {}

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(2, operands)
    try requireLogits(operands[0], operands[1])
    return [TensorType(lossDType(operands[0]), operands[1].shape)]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil, nil] }
    let (logits, labels) = (node.operands[0], node.operands[1])
    return [try b.add(one: CrossEntropyGradient(), logits, labels, g), nil]
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let classes = operands[0].shape[1]
    let logits = operands[0].doubles
    let losses = operands[1].doubles.enumerated().map { example, label -> Double in
      let row = logits[example * classes..<(example + 1) * classes]
      guard label >= 0, Int(label) < classes, let maximum = row.max() else { return .nan }
      let sum = row.reduce(0) { $0 + exp($1 - maximum) }
      return maximum + log(sum) - row[row.startIndex + Int(label)]
    }
    return [TensorData(losses, as: results[0])]
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    Cost(flops: 3 * operands[0].shape.elementCount, operands, results)
  }

  public static let samples = [
    Sample(
      CrossEntropy(), [.normal([4, 3]), .integers([4], 0...2, .i64)], onnx: false),
    Sample(
      CrossEntropy(), [.uniform([3, 17], -90...90), .integers([3], 0...16, .i32)], onnx: false),
    Sample(
      CrossEntropy(), [.normal([1, 10]), .values(TensorData([Int64(9)], shape: [1]))],
      onnx: false),
    Sample(
      CrossEntropy(),
      [
        .values(TensorData([1000, -1000, 0, 500] as [Float], shape: [2, 2])),
        .values(TensorData([Int32(0), 1], shape: [2])),
      ], differentiable: false, onnx: false),
  ]
}

extension Op {
  /// Checks logits `[N, C]` and labels `[N]`.
  fileprivate func requireLogits(_ logits: TensorType, _ labels: TensorType) throws {
    try requireFloat([logits])
    try requireRank(logits, 2, "logits operand", "[N, C]")
    guard labels.dtype == .i32 || labels.dtype == .i64 else {
      throw LeptonError(
        .badInput, "\(name): the labels are \(labels.dtype)",
        fix: "they are class numbers, i32 or i64")
    }
    try requireShape(labels, [logits.shape[0]], "labels operand")
  }

  fileprivate func lossDType(_ logits: TensorType) -> DType {
    logits.dtype == .f64 ? .f64 : .f32
  }
}

/// The gradient of cross entropy: `(softmax(logits) - one-hot(label)) * g`.
///
/// Operands: logits `[N, C]`, labels `[N]`, gradient `[N]` of the losses. Result `[N, C]`.
public struct CrossEntropyGradient: CompositeOp {
  public static let name = "crossEntropyGradient"

  public init() {}

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    try expect(3, operands.map { b.type(of: $0) })
    let (logits, labels, g) = (operands[0], operands[1], operands[2])
    let type = b.type(of: logits)
    try requireLogits(type, b.type(of: labels))
    try requireShape(b.type(of: g), b.shape(of: labels), "gradient")
    let classes = type.shape[1]
    let probabilities = try b.add(one: Softmax(axis: 1), b.cast(logits, to: lossDType(type)))
    let target = try b.cast(b.add(one: OneHot(depth: classes), labels), to: lossDType(type))
    let difference = try b.add(one: Subtract(), probabilities, target)
    let column = try b.add(one: Reshape([-1, 1]), g)
    return [try b.cast(b.add(one: Multiply(), difference, column), to: type.dtype)]
  }

  public static let samples = [
    Sample(
      CrossEntropyGradient(),
      [.normal([4, 3]), .integers([4], 0...2, .i64), .normal([4])], onnx: false),
    Sample(
      CrossEntropyGradient(),
      [.uniform([3, 17], -90...90), .integers([3], 0...16, .i32), .normal([3])], onnx: false),
    Sample(
      CrossEntropyGradient(),
      [.normal([1, 10]), .values(TensorData([Int64(9)], shape: [1])), .normal([1])], onnx: false),
  ]
}

extension GraphBuilder {
  /// The value as `dtype`, itself where it is one already.
  package mutating func cast(_ value: Value, to dtype: DType) throws -> Value {
    self.dtype(of: value) == dtype ? value : try add(one: Cast(to: dtype), value)
  }
}
