/// `a > b`, broadcasting, as truth values.
public struct Greater: ComparisonOp {
  public static let name = "greater"
  public static let scalar = ScalarOp.greater
  public static let onnxName: String? = "Greater"

  public init() {}
}
