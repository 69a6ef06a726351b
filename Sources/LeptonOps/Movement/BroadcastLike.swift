public import LeptonGraph
public import LeptonValues

/// The first operand broadcast to a shape that follows from those of all operands: what stands for a `BroadcastTo` where extents
/// are open. The elements of the other operands do not matter.
public struct BroadcastLike: CompositeOp {
  public static let name = "broadcastLike"

  public var extents: [FollowingExtent]

  public init(_ extents: [FollowingExtent]) { self.extents = extents }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try broadcast(operands).resultTypes(of: Array(operands.prefix(1)))
  }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    [try b.add(one: broadcast(operands.map(b.type(of:))), operands[0])]
  }

  private func broadcast(_ operands: [TensorType]) throws -> BroadcastTo {
    try extents.requireCount(of: operands, for: self)
    return BroadcastTo(try extents.map { try $0.value(for: operands) })
  }

  public static let samples = [
    Sample(
      BroadcastLike([.of(operand: 1, axis: 0), .number(4)]), [.normal([4]), .normal([3, 2])],
      onnx: false),
    Sample(
      BroadcastLike([.of(operand: 1, axis: 1, times: 2), .of(operand: 0, axis: 1)]),
      [.normal([1, 3]), .normal([2, 2])], onnx: false),
    Sample(
      BroadcastLike([.number(2), .of(operand: 1, axis: 0, over: 2)]),
      [.integers([2, 1], -9...9, .i64), .normal([6])], differentiable: false, onnx: false),
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let shape = writer.extents(extents, of: node)
    writer.emit("Expand", [writer.name(of: node.operand), shape], [writer.name(of: node.result)])
  }
}
