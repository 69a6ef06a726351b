public import LeptonValues

/// One application of an operation that the conformance suite tries.
public struct Sample: Sendable {
  /// How an operand is filled, reproducibly.
  public enum Operand: Sendable {
    /// Uniform numbers of `range`.
    case uniform(Shape, ClosedRange<Double>)
    /// Whole numbers of `range`.
    case integers(Shape, ClosedRange<Int>, DType)
    /// Distinct numbers, at least 0.05 apart: for maxima, whose derivative jumps at ties.
    case distinct(Shape)
    /// Exactly these.
    case values(TensorData)

    /// Uniform numbers in -1...1.
    public static func normal(_ shape: Shape) -> Operand { .uniform(shape, -1...1) }
  }

  public var op: any Op
  public var operands: [Operand]
  /// Whether the gradient can be checked against finite differences (false for step functions and random bits).
  public var differentiable: Bool
  /// Whether the operation has an ONNX form that reads back as the same values.
  public var onnx: Bool
  /// Largest accepted difference between a back end and the reference in f32, relative to the largest element.
  public var tolerance: Double

  public init(
    _ op: any Op, _ operands: [Operand], differentiable: Bool = true, onnx: Bool = true,
    tolerance: Double = 1e-5
  ) {
    self.op = op
    self.operands = operands
    self.differentiable = differentiable
    self.onnx = onnx
    self.tolerance = tolerance
  }
}
