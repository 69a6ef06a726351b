public import LeptonGraph
public import LeptonValues

/// The first operand `[N, C, H, W]` made larger or smaller, to a height and width that follow from the shapes of all operands:
/// what stands for a `Resize2D` where they are open. The elements of the other operands do not matter.
public struct Resize2DLike: CompositeOp {
  public static let name = "resize2dLike"

  public var mode: Resize2D.Mode
  public var coordinates: Resize2D.Coordinates
  public var rounding: Resize2D.Rounding
  /// Height and width of the result.
  public var size: [FollowingExtent]

  /// - Parameter fixed: a resize to a size, whose other settings hold here.
  public init(_ fixed: Resize2D, size: [FollowingExtent]) {
    (mode, coordinates, rounding) = (fixed.mode, fixed.coordinates, fixed.rounding)
    self.size = size
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try fixed(operands).resultTypes(of: Array(operands.prefix(1)))
  }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    [try b.add(one: fixed(operands.map(b.type(of:))), operands[0])]
  }

  private func fixed(_ operands: [TensorType]) throws -> Resize2D {
    try size.requireCount(of: operands, for: self)
    return Resize2D(
      mode: mode, coordinates: coordinates, rounding: rounding,
      size: try size.map { try $0.value(for: operands) })
  }

  public static let samples = [
    Sample(
      Resize2DLike(
        Resize2D(mode: .linear, size: [1, 1]),
        size: [.of(operand: 1, axis: 0), .of(operand: 1, axis: 1, times: 2)]),
      [.normal([1, 2, 4, 3]), .normal([3, 2])], onnx: false),
    Sample(
      Resize2DLike(
        Resize2D(mode: .nearest, coordinates: .asymmetric, rounding: .floor, size: [1, 1]),
        size: [.of(operand: 0, axis: 3), .number(5)]), [.normal([2, 1, 4, 3])], onnx: false),
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let planes = (0..<2).map { FollowingExtent.of(operand: 0, axis: $0) }
    let sizes = writer.extents(planes + size, of: node)
    try fixed(node.operands.map(writer.type(of:))).emitONNX(node, ["", "", sizes], &writer)
  }
}
