/// True where both are, broadcasting.
public struct And: LogicalOp {
  public static let name = "and"
  public static let scalar = ScalarOp.and
  public static let onnxName: String? = "And"

  public init() {}
}
