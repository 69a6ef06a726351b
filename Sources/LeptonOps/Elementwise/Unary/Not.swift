public import LeptonGraph
import LeptonValues

/// True where `x` is false.
public struct Not: StepOp {
  public static let name = "not"
  public static let scalar = ScalarOp.not
  public static let onnxName: String? = "Not"
  public static let accepts = ElementKind.bool

  public init() {}

  public static let samples = [[3, 4], [], [5]].map { (shape: Shape) in
    Sample(Not(), [.integers(shape, 0...1, .bool)], differentiable: false)
  }
}
