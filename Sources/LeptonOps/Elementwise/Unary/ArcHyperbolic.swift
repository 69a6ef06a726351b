public import LeptonGraph

/// The number with this hyperbolic sine.
public struct Asinh: UnaryOp {
  public static let name = "asinh"
  public static let scalar = ScalarOp.arcSineH
  public static let onnxName: String? = "Asinh"
  public static let domain = -3.0...3.0

  public init() {}

  /// `1 / √(x² + 1)`
  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    try b.add(one: Multiply(), g, b.reciprocalOfRoot(1, node.operand, plus: 1))
  }
}

/// The number, not negative, with this hyperbolic cosine; NaN below 1.
public struct Acosh: UnaryOp {
  public static let name = "acosh"
  public static let scalar = ScalarOp.arcCosineH
  public static let onnxName: String? = "Acosh"
  public static let domain = 1.5...4.0

  public init() {}

  /// `1 / √(x² - 1)`
  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    try b.add(one: Multiply(), g, b.reciprocalOfRoot(1, node.operand, plus: -1))
  }
}

/// The number with this hyperbolic tangent.
public struct Atanh: UnaryOp {
  public static let name = "atanh"
  public static let scalar = ScalarOp.arcTangentH
  public static let onnxName: String? = "Atanh"
  public static let domain = -0.9...0.9

  public init() {}

  /// `1 / (1 - x²)`
  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    try b.add(one: Divide(), g, b.scaledSquare(-1, node.operand, plus: 1))
  }
}
