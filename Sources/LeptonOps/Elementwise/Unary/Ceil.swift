/// The smallest whole number not below `x`.
public struct Ceil: StepOp {
  public static let name = "ceil"
  public static let scalar = ScalarOp.ceiling
  public static let onnxName: String? = "Ceil"

  public init() {}
}
