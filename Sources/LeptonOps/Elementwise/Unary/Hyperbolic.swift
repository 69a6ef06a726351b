public import LeptonGraph

/// `(eˣ - e⁻ˣ) / 2`
public struct Sinh: UnaryOp {
  public static let name = "sinh"
  public static let scalar = ScalarOp.sineH
  public static let onnxName: String? = "Sinh"
  public static let domain = -3.0...3.0

  public init() {}

  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    try b.add(one: Multiply(), g, b.add(one: Cosh(), node.operand))
  }
}

/// `(eˣ + e⁻ˣ) / 2`
public struct Cosh: UnaryOp {
  public static let name = "cosh"
  public static let scalar = ScalarOp.cosineH
  public static let onnxName: String? = "Cosh"
  public static let domain = -3.0...3.0

  public init() {}

  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    try b.add(one: Multiply(), g, b.add(one: Sinh(), node.operand))
  }
}
