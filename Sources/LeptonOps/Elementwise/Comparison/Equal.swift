/// `a == b`, broadcasting, as truth values.
public struct Equal: ComparisonOp {
  public static let name = "equal"
  public static let scalar = ScalarOp.equal
  public static let onnxName: String? = "Equal"
  public static let accepts = ElementKind.any

  public init() {}
}
