public import LeptonGraph
import LeptonValues

/// The remainder of `a / b` with the sign of `a`, broadcasting: C's `fmod`.
public struct Remainder: BinaryOp {
  public static let name = "remainder"
  public static let scalar = ScalarOp.remainder
  public static let onnxName: String? = "Mod"
  public static let domains = [-5...5, 1...2]

  public init() {}

  public func derivatives(
    _ node: Node, _ g: Value, _ b: inout GraphBuilder
  ) throws -> (Value?, Value?) {
    // y = a - trunc(a / b) b
    let whole = try b.add(one: Subtract(), node.operands[0], node.result)
    let quotient = try b.add(one: Divide(), whole, node.operands[1])
    return (g, try b.add(one: Neg(), b.add(one: Multiply(), g, quotient)))
  }

  /// With `fmod` 0 the remainder has the sign of `b`, as in Python.
  public static let onnxReaders: [String: ONNXReader] = [
    "Mod": { node, context in
      let (a, b) = (try node.input(0), try node.input(1))
      let remainder = try context.builder.add(one: Remainder(), a, b)
      if node.int("fmod", default: 0) != 0 || context.builder.dtype(of: a).isUnsigned {
        return [remainder]
      }
      let zero = try context.builder.scalar(0, like: remainder)
      let isBelow = try [remainder, b].map { try context.builder.add(one: Less(), $0, zero) }
      let differs = try context.builder.add(one: NotEqual(), isBelow[0], isBelow[1])
      let isPart = try context.builder.add(one: NotEqual(), remainder, zero)
      let moves = try context.builder.add(one: And(), differs, isPart)
      let shifted = try context.builder.add(one: Add(), remainder, b)
      return try context.builder.add(Select(), [moves, shifted, remainder])
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit("Mod", for: node, ["fmod": .int(1)])
  }
}
