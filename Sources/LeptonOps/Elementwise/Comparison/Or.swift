/// True where one or both are, broadcasting.
public struct Or: LogicalOp {
  public static let name = "or"
  public static let scalar = ScalarOp.or
  public static let onnxName: String? = "Or"

  public init() {}
}
