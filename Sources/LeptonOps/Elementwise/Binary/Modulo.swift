public import LeptonGraph
public import LeptonValues

/// The remainder of whole numbers `a / b` with the sign of `b`, broadcasting: Python's `%`.
public struct Modulo: CompositeOp {
  public static let name = "modulo"

  public init() {}

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    guard operands.allSatisfy(\.dtype.isInteger) else {
      throw LeptonError(
        .badInput, "modulo: the operands are \(operands)", fix: "remainder takes real numbers")
    }
    return try Remainder().resultTypes(of: operands)
  }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    let remainder = try b.add(one: Remainder(), operands[0], operands[1])
    if b.dtype(of: remainder).isUnsigned { return [remainder] }
    let zero = try b.scalar(0, like: remainder)
    let isBelow = try [remainder, operands[1]].map { try b.add(one: Less(), $0, zero) }
    let differs = try b.add(one: NotEqual(), isBelow[0], isBelow[1])
    let isPart = try b.add(one: NotEqual(), remainder, zero)
    let moves = try b.add(one: And(), differs, isPart)
    let shifted = try b.add(one: Add(), remainder, operands[1])
    return try b.add(Select(), [moves, shifted, remainder])
  }

  public static let samples = [
    Sample(
      Modulo(), [.integers([3, 4], -9...9, .i64), .integers([4], 1...5, .i64)],
      differentiable: false),
    Sample(
      Modulo(), [.integers([6], -9...9, .i32), .integers([6], -5...(-1), .i32)],
      differentiable: false),
    Sample(
      Modulo(), [.integers([5], 0...200, .u8), .integers([], 7...7, .u8)], differentiable: false),
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit("Mod", for: node, ["fmod": .int(0)])
  }
}
