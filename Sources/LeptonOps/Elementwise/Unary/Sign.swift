/// 1 for positive numbers, -1 for negative ones, 0 for 0.
public struct Sign: StepOp {
  public static let name = "sign"
  public static let scalar = ScalarOp.sign
  public static let onnxName: String? = "Sign"
  public static let accepts = ElementKind.numeric

  public init() {}
}
