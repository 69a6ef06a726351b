public import LeptonGraph

/// `a^b`, broadcasting.
public struct Power: BinaryOp {
  public static let name = "power"
  public static let scalar = ScalarOp.power
  public static let onnxName: String? = "Pow"
  public static let accepts = ElementKind.floatingPoint
  public static let domains = [0.5...2, -2...3]

  public init() {}

  public func derivatives(
    _ node: Node, _ g: Value, _ b: inout GraphBuilder
  ) throws -> (Value?, Value?) {
    // b a^(b-1), and y log a, which is 0 where y is
    let (base, exponent) = (node.operands[0], node.operands[1])
    let less = try b.add(one: Subtract(), exponent, b.scalar(1, like: exponent))
    let slope = try b.add(one: Multiply(), exponent, b.add(one: Power(), base, less))
    let zero = try b.scalar(0, like: g)
    let growth = try b.add(one: Multiply(), node.result, b.add(one: Log(), base))
    let vanishes = try b.add(one: Equal(), node.result, zero)
    let safe = try b.add(one: Select(), vanishes, zero, growth)
    return (try b.add(one: Multiply(), g, slope), try b.add(one: Multiply(), g, safe))
  }

  /// The exponent may have another type than the base.
  public static let onnxReaders: [String: ONNXReader] = [
    "Pow": { node, context in
      let base = try node.input(0)
      var exponent = try node.input(1)
      let dtype = context.builder.dtype(of: base)
      if context.builder.dtype(of: exponent) != dtype {
        exponent = try context.builder.add(one: Cast(to: dtype), exponent)
      }
      return try context.builder.add(Power(), [base, exponent])
    }
  ]
}
