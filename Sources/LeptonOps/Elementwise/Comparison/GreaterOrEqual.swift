/// `a >= b`, broadcasting, as truth values.
public struct GreaterOrEqual: ComparisonOp {
  public static let name = "greaterOrEqual"
  public static let scalar = ScalarOp.greaterOrEqual
  public static let onnxName: String? = "GreaterOrEqual"

  public init() {}
}
