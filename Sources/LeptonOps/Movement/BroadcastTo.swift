public import LeptonGraph
public import LeptonValues

/// The elements repeated along axes of extent 1 and along new leading axes, to `shape`.
///
/// An extent of -1 keeps the operand's, counted from the last axis.
public struct BroadcastTo: Op {
  public static let name = "broadcastTo"

  public var shape: [Int]

  public init(_ shape: [Int]) { self.shape = shape }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(1, operands)
    let from = operands[0].shape
    let missing = shape.count - from.rank
    let to = Shape(
      shape.enumerated().map { axis, extent in
        extent == -1 && axis >= missing ? from[axis - missing] : extent
      })
    guard missing >= 0, to.allSatisfy({ $0 >= 0 }), from.broadcast(with: to) == to else {
      throw LeptonError(
        .badInput, "broadcastTo: \(from) does not broadcast to \(Shape(shape))",
        fix: "extents must be equal or 1, counted from the last axis")
    }
    return [operands[0].with(shape: to)]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    [try gradients[0].map { try b.summed($0, to: b.shape(of: node.operand)) }]
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let index = BroadcastIndex(operands[0].shape, to: results[0].shape)
    return [operands[0].stepped(to: results[0].shape, by: index.sourceStrides)]
  }

  public static let samples = [
    Sample(BroadcastTo([3, 4]), [.normal([4])]),
    Sample(BroadcastTo([2, -1, 5]), [.normal([2, 3, 1])]),
    Sample(BroadcastTo([2, 2]), [.normal([])]),
    Sample(BroadcastTo([3]), [.normal([3])]),
    Sample(BroadcastTo([2, 3]), [.integers([2, 1], -9...9, .i64)], differentiable: false),
  ]

  public static let onnxReaders: [String: ONNXReader] = [
    "Expand": { node, context in
      let x = try node.input(0)
      let from = context.builder.shape(of: x)
      guard let given = try context.ints(node, input: 1) else {
        throw node.error("the shape is missing")
      }
      guard let to = from.broadcast(with: Shape(given)) else {
        throw node.error("\(from) and \(Shape(given)) do not broadcast")
      }
      return try context.builder.add(BroadcastTo(keepingExtents(from, to)), [x])
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let shape = writer.ints(shape.map { $0 == -1 ? 1 : $0 }, named: "shape")
    writer.emit("Expand", [writer.name(of: node.operand), shape], [writer.name(of: node.result)])
  }

  /// `to` with -1 for every extent that `from` has already.
  private static func keepingExtents(_ from: Shape, _ to: Shape) -> [Int] {
    let missing = to.rank - from.rank
    return to.indices.map { axis in
      axis >= missing && from[axis - missing] == to[axis] ? -1 : to[axis]
    }
  }
}
