public import LeptonGraph
import LeptonValues

/// `x - log(sum(exp(x)))` along one axis, computed without overflow.
public struct LogSoftmax: CompositeOp {
  public static let name = "logSoftmax"

  /// A negative one counts from the back.
  public var axis: Int

  public init(axis: Int = -1) { self.axis = axis }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    try requireFloat(operands.map { b.type(of: $0) }, count: 1)
    let axis = try resolve(axis, in: b.shape(of: operands[0]))
    let shifted = try b.shiftedByMaximum(operands[0], axis)
    let exponentials = try b.add(one: Exp(), shifted)
    let sum = try b.add(one: Reduce(.sum, axes: [axis], keepDims: true), exponentials)
    return [try b.add(one: Subtract(), shifted, b.add(one: Log(), sum))]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil] }
    return [try b.add(one: LogSoftmaxGradient(axis: axis), node.result, g)]
  }

  public static let samples = [
    Sample(LogSoftmax(), [.normal([3, 5])]),
    Sample(LogSoftmax(axis: 1), [.uniform([2, 3, 4], -4...4)]),
    Sample(LogSoftmax(axis: 0), [.uniform([4], 80...120)]),
  ]

  public static let onnxReaders: [String: ONNXReader] = [
    "LogSoftmax": { node, context in
      let y = try context.alongAxis(node) { x, axis, context in
        // The last axis by its own name, whatever the rank.
        let isLast = axis == context.shape(of: x).rank - 1
        return try context.add(LogSoftmax(axis: isLast ? -1 : axis), x)
      }
      return [y]
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit("LogSoftmax", for: node, ["axis": .int(axis)])
  }
}

/// The gradient of log-softmax. Operands: its result `y` and the gradient `g` of it;
/// result `g - exp(y) * sum(g)`.
public struct LogSoftmaxGradient: CompositeOp {
  public static let name = "logSoftmaxGradient"

  public var axis: Int

  public init(axis: Int = -1) { self.axis = axis }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    try requireFloat(operands.map { b.type(of: $0) }, count: 2)
    try requireShape(b.type(of: operands[1]), b.shape(of: operands[0]), "gradient")
    let axis = try resolve(axis, in: b.shape(of: operands[0]))
    let (y, g) = (operands[0], operands[1])
    let sum = try b.add(one: Reduce(.sum, axes: [axis], keepDims: true), g)
    let share = try b.add(one: Multiply(), b.add(one: Exp(), y), sum)
    return [try b.add(one: Subtract(), g, share)]
  }

  public static let samples = [
    Sample(LogSoftmaxGradient(), [.uniform([3, 5], -3...0), .normal([3, 5])], onnx: false),
    Sample(
      LogSoftmaxGradient(axis: 1), [.uniform([2, 3, 4], -3...0), .normal([2, 3, 4])],
      onnx: false),
    Sample(LogSoftmaxGradient(axis: 0), [.uniform([4], -3...0), .normal([4])], onnx: false),
  ]
}
