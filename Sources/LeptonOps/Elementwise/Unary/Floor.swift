/// The largest whole number not above `x`.
public struct Floor: StepOp {
  public static let name = "floor"
  public static let scalar = ScalarOp.floor
  public static let onnxName: String? = "Floor"

  public init() {}
}
