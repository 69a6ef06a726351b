public import LeptonGraph
public import LeptonValues

/// The elements of the first operand, in row-major order, under a shape that follows from those of all operands: what stands
/// for a reshape where several extents are open. The elements of the other operands do not matter.
public struct ReshapeLike: CompositeOp {
  public static let name = "reshapeLike"

  public var extents: [FollowingExtent]

  public init(_ extents: [FollowingExtent]) { self.extents = extents }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try reshape(operands).resultTypes(of: Array(operands.prefix(1)))
  }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    [try b.add(one: reshape(operands.map(b.type(of:))), operands[0])]
  }

  private func reshape(_ operands: [TensorType]) throws -> Reshape {
    try extents.requireCount(of: operands, for: self)
    return Reshape(try extents.map { try $0.value(for: operands) })
  }

  public static let samples = [
    Sample(
      ReshapeLike([.of(operand: 0, axis: 1), .of(operand: 0, axis: 0), .number(2)]),
      [.normal([3, 4, 2])], onnx: false),
    Sample(
      ReshapeLike([
        .number(1), .of(operand: 1, axis: 2, times: 3), .of(operand: 0, axis: 1, over: 2),
      ]),
      [.normal([6, 4]), .normal([2, 1, 4])], onnx: false),
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let shape = writer.extents(extents, of: node)
    writer.emit(
      "Reshape", [writer.name(of: node.operand), shape], [writer.name(of: node.result)])
  }
}
