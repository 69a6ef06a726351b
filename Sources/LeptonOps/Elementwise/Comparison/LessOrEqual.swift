/// `a <= b`, broadcasting, as truth values.
public struct LessOrEqual: ComparisonOp {
  public static let name = "lessOrEqual"
  public static let scalar = ScalarOp.lessOrEqual
  public static let onnxName: String? = "LessOrEqual"

  public init() {}
}
