public import LeptonGraph
import LeptonValues

/// `a^b`, broadcasting.
public struct Power: BinaryOp {
  public static let name = "power"
  public static let scalar = ScalarOp.power
  public static let onnxName: String? = "Pow"
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

  /// The exponent may have another type than the base, whose type the result has.
  public static let onnxReaders: [String: ONNXReader] = [
    "Pow": { node, context in
      let (base, exponent) = (try node.input(0), try node.input(1))
      let types = (context.builder.dtype(of: base), context.builder.dtype(of: exponent))
      if types.0 == types.1 { return try context.builder.add(Power(), [base, exponent]) }
      if types.0.isFloatingPoint || !types.1.isFloatingPoint {
        let like = try context.builder.add(one: Cast(to: types.0), exponent)
        return try context.builder.add(Power(), [base, like])
      }
      let wide = try [base, exponent].map { try context.builder.cast($0, to: .f64) }
      let power = try context.builder.add(one: Power(), wide[0], wide[1])
      return try context.builder.add(Cast(to: types.0), [power])
    }
  ]
}
