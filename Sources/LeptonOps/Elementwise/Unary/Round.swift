/// The nearest whole number; halves go to the even one.
public struct Round: StepOp {
  public static let name = "round"
  public static let scalar = ScalarOp.roundToEven
  public static let onnxName: String? = "Round"

  public init() {}
}
