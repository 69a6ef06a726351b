public import LeptonGraph
public import LeptonValues

/// `condition ? a : b` for every element, broadcasting. The condition is of type bool.
public struct Select: ElementwiseOp {
  public static let name = "select"
  public static let operandCount = 3
  public static let accepts = ElementKind.any

  public init() {}

  public func resultDType(_ operands: [DType]) throws -> DType {
    guard operands[0] == .bool, operands[1] == operands[2] else {
      let listed = operands.map(\.rawValue).joined(separator: ", ")
      throw LeptonError(
        .badInput, "select takes a bool and two operands of one type, not \(listed)",
        fix: "compare or cast first")
    }
    return operands[1]
  }

  public func emit(
    _ x: [ScalarProgram.Register], _ p: inout ScalarProgram
  ) -> ScalarProgram.Register { p.step(.select, x[0], x[1], x[2]) }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil, nil, nil] }
    let zero = try b.scalar(0, like: g)
    let first = try b.add(one: Select(), node.operands[0], g, zero)
    let second = try b.add(one: Select(), node.operands[0], zero, g)
    return [
      nil, try b.summed(first, to: b.shape(of: node.operands[1])),
      try b.summed(second, to: b.shape(of: node.operands[2])),
    ]
  }

  public static let samples = [
    Sample(Select(), [.integers([3, 4], 0...1, .bool), .normal([3, 4]), .normal([3, 4])]),
    Sample(Select(), [.integers([3, 1], 0...1, .bool), .normal([2, 3, 4]), .normal([4])]),
    Sample(Select(), [.integers([6], 0...1, .bool), .normal([]), .normal([6])]),
    Sample(
      Select(),
      [.integers([6], 0...1, .bool), .integers([6], -9...9, .i64), .integers([1], 0...9, .i64)],
      differentiable: false),
  ]

  public static let onnxReaders = plainONNXReader("Where", Select())

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit("Where", for: node)
  }
}
