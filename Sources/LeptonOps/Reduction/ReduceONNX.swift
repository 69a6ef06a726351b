public import LeptonGraph
import LeptonValues

/// ONNX has an op type for each kind of reduction, and three more that are compositions.
extension Reduce {
  public static let onnxReaders: [String: ONNXReader] = [
    "ReduceSum": reader(.sum),
    "ReduceMean": reader(.mean),
    "ReduceMax": overTruthValues(reader(.max)),
    "ReduceMin": overTruthValues(reader(.min)),
    "ReduceProd": reader(.product),
    "ReduceL1": reader(.sum, before: { try $1.add(one: Abs(), $0) }),
    "ReduceL2": reader(.sum, before: square, after: { try $1.add(one: Sqrt(), $0) }),
    "ReduceSumSquare": reader(.sum, before: square),
    "ReduceLogSum": reader(.sum, after: { try $1.add(one: Log(), $0) }),
    "ReduceLogSumExp": readLogSumExp,
    "GlobalAveragePool": spatialReader(.mean),
    "GlobalMaxPool": spatialReader(.max),
  ]

  private typealias Step = @Sendable (Value, inout GraphBuilder) throws -> Value

  private static let square: Step = { try $1.add(one: Multiply(), $0, $0) }

  /// Of truth values the largest is whether one is true, the smallest whether all are.
  private static func overTruthValues(_ read: @escaping ONNXReader) -> ONNXReader {
    { node, context in
      let x = try node.input(0)
      guard context.builder.dtype(of: x) == .bool else { return try read(node, &context) }
      var numbers = node
      numbers.inputs[0] = try context.builder.add(one: Cast(to: .u8), x)
      return try context.builder.add(Cast(to: .bool), try read(numbers, &context))
    }
  }

  /// Around the largest element, so that no exponential overflows; where that is infinite, around 0.
  private static let readLogSumExp: ONNXReader = { node, context in
    let x = try node.input(0)
    guard let axes = try axes(node, &context) else { return [x] }
    let keeps = node.int("keepdims", default: 1) != 0
    let largest = try context.builder.add(one: Reduce(.max, axes: axes, keepDims: true), x)
    let zero = try context.builder.scalar(0, like: largest)
    // Infinity less itself is no number.
    let rest = try context.builder.add(one: Subtract(), largest, largest)
    let isFinite = try context.builder.add(one: Equal(), rest, zero)
    let middle = try context.builder.add(one: Select(), isFinite, largest, zero)
    let powers = try context.builder.add(
      one: Exp(), context.builder.add(one: Subtract(), x, middle))
    let sum = try context.builder.add(one: Reduce(.sum, axes: axes, keepDims: true), powers)
    let result = try context.builder.add(
      one: Add(), context.builder.add(one: Log(), sum), middle)
    guard !keeps else { return [result] }
    return try context.builder.add(Reduce(.sum, axes: axes, keepDims: false), [result])
  }

  /// The axes, from the front; nil where the node passes its operand on.
  private static func axes(_ node: ONNXNode, _ context: inout ONNXReadContext) throws -> [Int]? {
    let shape = context.builder.shape(of: try node.input(0))
    let given = try node.ints("axes") ?? context.ints(node, input: 1) ?? []
    if given.isEmpty, node.int("noop_with_empty_axes", default: 0) != 0 { return nil }
    let axes = try given.map { axis in
      guard let resolved = shape.axis(axis) else {
        throw node.error("\(shape) has no axis \(axis)")
      }
      return resolved
    }
    return axes.isEmpty ? Array(shape.indices) : axes
  }

  private static func reader(
    _ kind: Kind, before: @escaping Step = { x, _ in x }, after: @escaping Step = { x, _ in x }
  ) -> ONNXReader {
    { node, context in
      let x = try node.input(0)
      guard let axes = try axes(node, &context) else {
        return [try after(before(x, &context.builder), &context.builder)]
      }
      let op = Reduce(kind, axes: axes, keepDims: node.int("keepdims", default: 1) != 0)
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

  /// The axes are an operand of sums since opset 13, of other reductions since opset 18, and an attribute before.
  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let rank = writer.type(of: node.operand).shape.rank
    let (operand, result) = (writer.name(of: node.operand), writer.name(of: node.result))
    if axes.isEmpty { return writer.emit("Identity", [operand], [result]) }
    if rank == 4, axes == [2, 3], keepDims, let opType = spatialOpType {
      return writer.emit(opType, for: node)
    }
    var operands = [operand]
    var attributes: [String: ONNXAttribute] = ["keepdims": .int(keepDims ? 1 : 0)]
    if kind == .sum || writer.opset >= 18 {
      operands.append(writer.ints(axes, named: "axes"))
    } else {
      attributes["axes"] = .ints(axes)
    }
    writer.emit(opType, operands, [result], attributes)
  }

  private var opType: String {
    switch kind {
    case .sum: "ReduceSum"
    case .mean: "ReduceMean"
    case .max: "ReduceMax"
    case .min: "ReduceMin"
    case .product: "ReduceProd"
    }
  }

  private var spatialOpType: String? {
    switch kind {
    case .mean: "GlobalAveragePool"
    case .max: "GlobalMaxPool"
    case .sum, .min, .product: nil
    }
  }
}
