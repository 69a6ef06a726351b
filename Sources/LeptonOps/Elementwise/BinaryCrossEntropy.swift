public import LeptonGraph
import LeptonValues

/// The cross entropy of a yes-or-no prediction, element by element: operands logits x and targets
/// t in 0...1. `-t log σ(x) - (1 - t) log(1 - σ(x))`, in the form that does not overflow.
public struct BinaryCrossEntropy: ElementwiseOp {
  public static let name = "binaryCrossEntropy"
  public static let operandCount = 2

  public init() {}

  /// max(x, 0) - x t + log1p(e^-|x|)
  public func emit(
    _ x: [ScalarProgram.Register], _ p: inout ScalarProgram
  ) -> ScalarProgram.Register {
    let line = p.step(.subtract, p.step(.relu, x[0]), p.step(.multiply, x[0], x[1]))
    let decay = p.step(.exponential, p.step(.negate, p.step(.absolute, x[0])))
    return p.step(.add, line, p.step(.logarithm1p, decay))
  }

  /// (σ(x) - t) g and -x g.
  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil, nil] }
    let (x, target) = (node.operands[0], node.operands[1])
    let error = try b.add(one: Subtract(), b.add(one: Sigmoid(), x), target)
    let gradients = [
      try b.add(one: Multiply(), error, g),
      try b.add(one: Neg(), b.add(one: Multiply(), x, g)),
    ]
    return try zip(gradients, node.operands).map { try b.summed($0, to: b.shape(of: $1)) }
  }

  public static let samples = [
    Sample(BinaryCrossEntropy(), [.uniform([3, 4], -5...5), targets([3, 4])], onnx: false),
    Sample(BinaryCrossEntropy(), [.uniform([37, 1], -5...5), targets([37, 1])], onnx: false),
    Sample(BinaryCrossEntropy(), [.normal([]), targets([])], onnx: false),
  ]

  private static func targets(_ shape: Shape) -> Sample.Operand {
    let values = (0..<shape.elementCount).map { Double($0 * $0 % 2) }
    return .values(TensorData(values, shape: shape))
  }
}
