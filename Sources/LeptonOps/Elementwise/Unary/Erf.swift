public import LeptonGraph

/// The error function.
public struct Erf: UnaryOp {
  public static let name = "erf"
  public static let scalar = ScalarOp.errorFunction
  public static let onnxName: String? = "Erf"

  public init() {}

  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    let square = try b.add(one: Multiply(), node.operand, node.operand)
    let bell = try b.add(one: Exp(), b.add(one: Neg(), square))
    let slope = try b.add(one: Multiply(), bell, b.scalar(2 / Double.pi.squareRoot(), like: g))
    return try b.add(one: Multiply(), g, slope)
  }
}
