public import LeptonGraph
import LeptonValues

/// The bits of a whole number moved by as many places as the second operand says, broadcasting. To the left zeros follow,
/// to the right the sign; by the width or more, or a negative number, nothing
/// else is left.
public struct BitShift: ElementwiseOp {
  public enum Direction: String, Sendable, Hashable, Codable {
    case left, right
  }

  public static let name = "bitShift"
  public static let operandCount = 2
  public static let accepts = ElementKind.integer

  public var direction: Direction

  public init(_ direction: Direction) { self.direction = direction }

  public func emit(
    _ x: [ScalarProgram.Register], _ p: inout ScalarProgram
  ) -> ScalarProgram.Register {
    p.step(direction == .left ? .shiftLeft : .shiftRight, x[0], x[1])
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] { [nil, nil] }

  public static let samples = [
    Sample(
      BitShift(.left), [.integers([3, 4], 0...255, .u8), .integers([4], 0...9, .u8)],
      differentiable: false),
    Sample(
      BitShift(.right), [.integers([5], 0...9999, .u32), .integers([], 0...9, .u32)],
      differentiable: false),
    Sample(
      BitShift(.right), [.integers([5], -99...99, .i64), .integers([5], 0...70, .i64)],
      differentiable: false),
  ]

  public static let onnxReaders: [String: ONNXReader] = [
    "BitShift": { node, context in
      let text = node.string("direction", default: "")
      guard let direction = Direction(rawValue: text.lowercased()) else {
        throw node.error("direction '\(text)' is not LEFT or RIGHT")
      }
      return try context.builder.add(BitShift(direction), [node.input(0), node.input(1)])
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit(
      "BitShift", for: node, ["direction": .string(direction.rawValue.uppercased())],
      since: writer.type(of: node.result).dtype.isUnsigned ? 13 : 28)
  }
}
