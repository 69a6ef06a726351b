/// `a < b`, broadcasting, as truth values.
public struct Less: ComparisonOp {
  public static let name = "less"
  public static let scalar = ScalarOp.less
  public static let onnxName: String? = "Less"

  public init() {}
}
