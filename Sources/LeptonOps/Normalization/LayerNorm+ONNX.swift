public import LeptonGraph
import LeptonValues

extension LayerNorm {
  /// The operator set that brought it; before, it is written out in smaller operations.
  package static let onnxSince = 17

  /// More than one axis is read as one, by reshaping; without bias a bias of zeros is added.
  public static let onnxReaders: [String: ONNXReader] = [
    "LayerNormalization": { node, context in
      try node.allow(["axis", "epsilon", "stash_type"])
      guard node.int("stash_type", default: 1) == 1 else {
        throw node.error("only stash_type 1, single precision, is supported")
      }
      let x = try node.input(0)
      let axis = try node.axis("axis", default: -1, in: context.shape(of: x))
      let epsilon = node.float("epsilon", default: 1e-5)
      let y = try normalized(node, axis: axis, epsilon: epsilon, &context)
      guard node.outputCount > 1 else { return [y] }
      return [y] + (try statistics(of: x, from: axis, epsilon: epsilon, &context))
    }
  ]

  private static func normalized(
    _ node: ONNXNode, axis: Int, epsilon: Double, _ context: inout ONNXReadContext
  ) throws -> Value {
    let x = try node.input(0)
    let type = context.type(of: x)
    let row = Shape(Array(type.shape[axis...]))
    let scale = try context.row(try node.input(1), row, node)
    let bias =
      try node.optionalInput(2).map { try context.row($0, row, node) }
      ?? context.zeros(type.dtype, row)
    let op = LayerNorm(epsilon: epsilon)
    if axis == type.shape.rank - 1 { return try context.add(op, x, scale, bias) }
    let leading = Array(repeating: 0, count: axis)
    let y = try context.add(
      op, context.reshaped(x, leading + [-1]), context.reshaped(scale, [-1]),
      context.reshaped(bias, [-1]))
    return try context.reshaped(y, leading + row.extents)
  }

  /// The means and the reciprocal deviations, in single precision as ONNX has them.
  private static func statistics(
    of x: Value, from axis: Int, epsilon: Double, _ context: inout ONNXReadContext
  ) throws -> [Value] {
    let axes = Array(axis..<context.shape(of: x).rank)
    let wide = try context.cast(x, to: .f32)
    let mean = try context.reduced(.mean, wide, axes)
    let centred = try context.minus(wide, mean)
    let variance = try context.reduced(.mean, context.times(centred, centred), axes)
    return [mean, try context.add(Rsqrt(), context.plus(variance, epsilon))]
  }

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit(
      "LayerNormalization", for: node, ["axis": .int(-1), "epsilon": .float(epsilon)],
      since: Self.onnxSince)
  }
}

extension ONNXReadContext {
  /// A scale or bias for every element of a row, which it broadcasts to.
  fileprivate mutating func row(
    _ value: Value, _ row: Shape, _ node: ONNXNode
  ) throws -> Value {
    let own = shape(of: value)
    if own == row { return value }
    guard own.broadcast(with: row) == row else {
      throw node.error("a scale or bias \(own) does not broadcast to \(row)")
    }
    return try add(BroadcastTo(row.extents), value)
  }
}
