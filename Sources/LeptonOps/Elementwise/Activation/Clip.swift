public import LeptonGraph
import LeptonValues

/// `x` kept within `low...high`. No gradient flows where it is cut.
public struct Clip: ElementwiseOp {
  public static let name = "clip"
  public static let operandCount = 1
  public static let accepts = ElementKind.numeric

  /// What stands for no bound: the largest magnitude of a float.
  public static let unbounded = Double(Float.greatestFiniteMagnitude)

  public var low: Double
  public var high: Double

  public init(low: Double = -Clip.unbounded, high: Double = Clip.unbounded) {
    self.low = max(low, -Clip.unbounded)
    self.high = min(high, Clip.unbounded)
  }

  public var activation: Activation? { .clip(low, high) }

  public func emit(
    _ x: [ScalarProgram.Register], _ p: inout ScalarProgram
  ) -> ScalarProgram.Register {
    p.step(.minimum, p.step(.maximum, x[0], p.constant(low)), p.constant(high))
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil] }
    let isKept = try b.add(one: Equal(), node.operand, node.result)
    return [try b.add(one: Select(), isKept, g, b.scalar(0, like: g))]
  }

  public static let samples = [
    Sample(Clip(low: -0.5, high: 0.25), [.normal([3, 4])]),
    Sample(Clip(low: 0, high: 6), [.uniform([2, 37], -8...8)]),
    Sample(Clip(low: 0), [.normal([])]),
    Sample(Clip(low: -2, high: 3), [.integers([7], -9...9, .i32)], differentiable: false),
  ]

  public static let onnxReaders: [String: ONNXReader] = [
    "Clip": { node, context in
      if let clipped = try readOperands(node, &context) { return [clipped] }
      func bound(_ name: String, _ index: Int, _ fallback: Double) throws -> Double {
        guard let value = node.optionalInput(index) else {
          return node.float(name, default: fallback)
        }
        return try context.constant(value, of: node).doubles.first ?? fallback
      }
      let op = Clip(low: try bound("min", 1, -unbounded), high: try bound("max", 2, unbounded))
      return try context.builder.add(op, [node.input(0)])
    }
  ]

  /// Bounds that are operands become part of the operation where they are known and doubles hold them.
  private static func readOperands(
    _ node: ONNXNode, _ context: inout ONNXReadContext
  ) throws -> Value? {
    var y = try node.input(0)
    let bounds = [node.optionalInput(1), node.optionalInput(2)]
    let areKnown = bounds.allSatisfy { $0.map { context.constants[$0] != nil } ?? true }
    if areKnown, context.builder.dtype(of: y).isFloatingPoint { return nil }
    if bounds[0] == nil, bounds[1] == nil { return nil }
    if let low = bounds[0] { y = try context.builder.add(one: Maximum(), y, low) }
    if let high = bounds[1] { y = try context.builder.add(one: Minimum(), y, high) }
    return y
  }

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let x = writer.name(of: node.operand)
    let low = low <= -Clip.unbounded ? "" : writer.scalar(low, like: node.operand, named: "low")
    let high = high >= Clip.unbounded ? "" : writer.scalar(high, like: node.operand, named: "high")
    writer.emit("Clip", [x, low, high], [writer.name(of: node.result)])
  }
}
