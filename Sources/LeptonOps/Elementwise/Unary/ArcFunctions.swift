public import LeptonGraph

/// The angle in -π/2...π/2 with this sine.
public struct Asin: UnaryOp {
  public static let name = "asin"
  public static let scalar = ScalarOp.arcSine
  public static let onnxName: String? = "Asin"
  public static let domain = -0.9...0.9

  public init() {}

  /// `1 / √(1 - x²)`
  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    try b.add(one: Multiply(), g, b.reciprocalOfRoot(-1, node.operand, plus: 1))
  }
}

/// The angle in 0...π with this cosine.
public struct Acos: UnaryOp {
  public static let name = "acos"
  public static let scalar = ScalarOp.arcCosine
  public static let onnxName: String? = "Acos"
  public static let domain = -0.9...0.9

  public init() {}

  /// `-1 / √(1 - x²)`
  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    let slope = try b.reciprocalOfRoot(-1, node.operand, plus: 1)
    return try b.add(one: Neg(), b.add(one: Multiply(), g, slope))
  }
}

/// The angle in -π/2...π/2 with this tangent.
public struct Atan: UnaryOp {
  public static let name = "atan"
  public static let scalar = ScalarOp.arcTangent
  public static let onnxName: String? = "Atan"
  public static let domain = -3.0...3.0

  public init() {}

  /// `1 / (1 + x²)`
  public func derivative(_ node: Node, _ g: Value, _ b: inout GraphBuilder) throws -> Value? {
    try b.add(one: Divide(), g, b.scaledSquare(1, node.operand, plus: 1))
  }
}

extension GraphBuilder {
  /// `a x² + c`
  mutating func scaledSquare(_ a: Double, _ x: Value, plus c: Double) throws -> Value {
    let square = try add(one: Multiply(), add(one: Multiply(), x, x), scalar(a, like: x))
    return try add(one: Add(), square, scalar(c, like: x))
  }

  /// `1 / √(a x² + c)`
  mutating func reciprocalOfRoot(_ a: Double, _ x: Value, plus c: Double) throws -> Value {
    try add(one: Rsqrt(), scaledSquare(a, x, plus: c))
  }
}
