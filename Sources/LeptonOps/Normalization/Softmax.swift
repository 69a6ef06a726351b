public import LeptonGraph
import LeptonValues

/// `exp(x) / sum(exp(x))` along one axis, computed without overflow.
public struct Softmax: CompositeOp {
  public static let name = "softmax"

  /// A negative one counts from the back.
  public var axis: Int

  public init(axis: Int = -1) { self.axis = axis }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    try requireFloat(operands.map { b.type(of: $0) }, count: 1)
    let axis = try resolve(axis, in: b.shape(of: operands[0]))
    let shifted = try b.shiftedByMaximum(operands[0], axis)
    let exponentials = try b.add(one: Exp(), shifted)
    let sum = try b.add(one: Reduce(.sum, axes: [axis], keepDims: true), exponentials)
    return [try b.add(one: Divide(), exponentials, sum)]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil] }
    return [try b.add(one: SoftmaxGradient(axis: axis), node.result, g)]
  }

  public static let samples = [
    Sample(Softmax(), [.normal([3, 5])]),
    Sample(Softmax(axis: 1), [.uniform([2, 3, 4], -4...4)]),
    Sample(Softmax(axis: 0), [.uniform([4], 80...120)]),
  ]

  public static let onnxReaders: [String: ONNXReader] = [
    "Softmax": { node, context in
      let y = try context.alongAxis(node) { x, axis, context in
        // The last axis by its own name, whatever the rank.
        let isLast = axis == context.shape(of: x).rank - 1
        return try context.add(Softmax(axis: isLast ? -1 : axis), x)
      }
      return [y]
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit("Softmax", for: node, ["axis": .int(axis)])
  }
}

/// The gradient of softmax. Operands: softmax's result `y` and the gradient `g` of it;
/// result `(g - sum(g * y)) * y`.
public struct SoftmaxGradient: CompositeOp {
  public static let name = "softmaxGradient"

  public var axis: Int

  public init(axis: Int = -1) { self.axis = axis }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    try requireFloat(operands.map { b.type(of: $0) }, count: 2)
    try requireShape(b.type(of: operands[1]), b.shape(of: operands[0]), "gradient")
    let axis = try resolve(axis, in: b.shape(of: operands[0]))
    let (y, g) = (operands[0], operands[1])
    let product = try b.add(one: Multiply(), g, y)
    let sum = try b.add(one: Reduce(.sum, axes: [axis], keepDims: true), product)
    return [try b.add(one: Multiply(), b.add(one: Subtract(), g, sum), y)]
  }

  public static let samples = [
    Sample(SoftmaxGradient(), [.uniform([3, 5], 0...1), .normal([3, 5])], onnx: false),
    Sample(
      SoftmaxGradient(axis: 1), [.uniform([2, 3, 4], 0...1), .normal([2, 3, 4])], onnx: false),
    Sample(SoftmaxGradient(axis: 0), [.uniform([4], 0...1), .normal([4])], onnx: false),
  ]
}
