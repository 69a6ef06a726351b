public import LeptonGraph
public import LeptonValues

/// `a + b`, broadcasting.
public struct Add: ElementwiseOp {
  public static let name = "add"
  public static let operandCount = 2

  public init() {}

  public func emit(
    _ x: [ScalarProgram.Register], _ p: inout ScalarProgram
  ) -> ScalarProgram.Register { p.step(.add, x[0], x[1]) }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil, nil] }
    return try node.operands.map { try b.summed(g, to: b.shape(of: $0)) }
  }

  public static let samples = [
    Sample(Add(), [.normal([3, 4]), .normal([3, 4])]),
    Sample(Add(), [.normal([2, 3, 4]), .normal([3, 1])]),
  ]

  public static let onnxReaders = plainONNXReader("Add", Add())

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit("Add", for: node)
  }
}
