public import LeptonGraph
import LeptonValues

/// ONNX has an op type for each kind of reduction, and three more that are compositions.
extension Reduce {
  public static let onnxReaders: [String: ONNXReader] = [
    "ReduceSum": reader(.sum),
    "ReduceMean": reader(.mean),
    "ReduceMax": reader(.max),
    "ReduceMin": reader(.min),
    "ReduceProd": reader(.product),
    "ReduceL1": reader(.sum, before: { try $1.add(one: Abs(), $0) }),
    "ReduceL2": reader(.sum, before: square, after: { try $1.add(one: Sqrt(), $0) }),
    "ReduceSumSquare": reader(.sum, before: square),
    "GlobalAveragePool": spatialReader(.mean),
    "GlobalMaxPool": spatialReader(.max),
  ]

  private typealias Step = @Sendable (Value, inout GraphBuilder) throws -> Value

  private static let square: Step = { try $1.add(one: Multiply(), $0, $0) }

  private static func reader(
    _ kind: Kind, before: @escaping Step = { x, _ in x }, after: @escaping Step = { x, _ in x }
  ) -> ONNXReader {
    { node, context in
      let x = try node.input(0)
      let shape = context.builder.shape(of: x)
      let given = try node.ints("axes") ?? context.ints(node, input: 1) ?? []
      if given.isEmpty, node.int("noop_with_empty_axes", default: 0) != 0 { return [x] }
      let axes = try given.map { axis in
        guard let resolved = shape.axis(axis) else {
          throw node.error("\(shape) has no axis \(axis)")
        }
        return resolved
      }
      let op = Reduce(
        kind, axes: axes.isEmpty ? Array(shape.indices) : axes,
        keepDims: node.int("keepdims", default: 1) != 0)
      let reduced = try context.builder.add(one: op, before(x, &context.builder))
      return [try after(reduced, &context.builder)]
    }
  }

  private static func spatialReader(_ kind: Kind) -> ONNXReader {
    { node, context in
      let x = try node.input(0)
      let axes = Array(context.builder.shape(of: x).indices.dropFirst(2))
      return try context.builder.add(Reduce(kind, axes: axes, keepDims: true), [x])
    }
  }

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let rank = writer.type(of: node.operand).shape.rank
    let isSpatial = rank == 4 && axes == [2, 3] && keepDims
    let keep = ONNXAttribute.int(keepDims ? 1 : 0)
    switch kind {
    case .mean where isSpatial: writer.emit("GlobalAveragePool", for: node)
    case .max where isSpatial: writer.emit("GlobalMaxPool", for: node)
    case _ where axes.isEmpty:
      let result = writer.name(of: node.result)
      writer.emit("Identity", [writer.name(of: node.operand)], [result])
    case .sum:
      let axes = writer.ints(axes, named: "axes")
      writer.emit(
        "ReduceSum", [writer.name(of: node.operand), axes], [writer.name(of: node.result)],
        ["keepdims": keep])
    case .mean: writer.emit("ReduceMean", for: node, ["axes": .ints(axes), "keepdims": keep])
    case .max: writer.emit("ReduceMax", for: node, ["axes": .ints(axes), "keepdims": keep])
    case .min: writer.emit("ReduceMin", for: node, ["axes": .ints(axes), "keepdims": keep])
    case .product: writer.emit("ReduceProd", for: node, ["axes": .ints(axes), "keepdims": keep])
    }
  }
}
