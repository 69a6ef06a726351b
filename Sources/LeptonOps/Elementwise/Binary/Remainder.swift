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
      if node.int("fmod", default: 0) != 0 { return try context.builder.add(Remainder(), [a, b]) }
      return context.builder.dtype(of: a).isInteger
        ? try context.builder.add(Modulo(), [a, b])
        : try Modulo().decompose([a, b], &context.builder)
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit("Mod", for: node, ["fmod": .int(1)])
  }
}
