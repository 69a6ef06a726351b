public import LeptonGraph
public import LeptonValues

/// Integers as the real numbers that they stand for: `(q - zeroPoint) * scale`.
///
/// Operands: q (i8, u8, or i32 for biases), scale, zero point of q's type; scale and zero point are
/// scalars or, with `axis`, one number for each index of that axis. The result has the scale's type.
public struct Dequantize: Op {
  public static let name = "dequantize"

  /// The axis along which scales differ; a negative one counts from the back. nil: one scale.
  public var axis: Int?

  public init(axis: Int? = nil) { self.axis = axis }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(3, operands)
    let (q, scale, zero) = (operands[0], operands[1], operands[2])
    guard [.i8, .u8, .i32].contains(q.dtype), zero.dtype == q.dtype else {
      throw LeptonError(
        .badInput, "dequantize: the integers are \(q.dtype), the zero point is \(zero.dtype)",
        fix: "both are i8, u8 or i32")
    }
    try requireFloat([scale])
    try requireScale(operands, axis: axis)
    return [q.with(dtype: scale.dtype)]
  }

  /// The integers have no gradient, their scale has.
  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil, nil, nil] }
    let shape = b.shape(of: node.operands[0])
    let row = try axis.map { try resolve($0, in: shape) }
    let column = row.map { [-1] + Array(repeating: 1, count: shape.rank - 1 - $0) } ?? []
    let steps = try b.cast(node.operands[0], to: b.dtype(of: g))
    let zero = try b.add(
      one: Reshape(column), b.cast(node.operands[2], to: b.dtype(of: g)))
    let product = try b.add(one: Multiply(), g, b.add(one: Subtract(), steps, zero))
    let others = shape.indices.filter { $0 != row }
    return [nil, try b.add(one: Reduce(.sum, axes: others, keepDims: false), product), nil]
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let row = try ScaleIndex(axis.map { try resolve($0, in: results[0].shape) }, results[0].shape)
    let (scale, zero) = (operands[1].doubles, operands[2].doubles)
    let x = operands[0].doubles.enumerated().map { position, q in
      (q - zero[row[position]]) * scale[row[position]]
    }
    return [TensorData(x, as: results[0])]
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    Cost(flops: 2 * results[0].shape.elementCount, operands, results)
  }

  public static let samples = [
    Sample(
      Dequantize(),
      [.integers([3, 4], -128...127, .i8), .uniform([], 0.01...0.02), .integers([], 0...0, .i8)]),
    Sample(
      Dequantize(axis: 0),
      [
        .integers([4, 3, 2, 2], -127...127, .i8), .uniform([4], 0.01...0.02),
        .integers([4], 0...0, .i8),
      ]),
    Sample(
      Dequantize(axis: -1),
      [
        .integers([2, 17], 0...255, .u8), .uniform([17], 0.01...0.02),
        .integers([17], 0...255, .u8),
      ]),
    Sample(
      Dequantize(axis: 0),
      [
        .integers([6], -100_000...100_000, .i32), .uniform([6], 1e-4...2e-4),
        .integers([6], 0...0, .i32),
      ]),
  ]

  public static let onnxReaders: [String: ONNXReader] = [
    "DequantizeLinear": { node, context in
      let y = try context.dequantized(
        node.input(0), scale: node.input(1), zero: node.optionalInput(2), QuantizationForm(node),
        output: node.dtype("output_dtype"), node)
      return [y]
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    var inputs = node.operands.map { writer.name(of: $0) }
    if writer.opset >= 21, isMoved(node, writer.graph) { inputs.removeLast() }
    writer.emit(
      "DequantizeLinear", inputs, [writer.name(of: node.result)],
      axis.map { ["axis": .int($0)] } ?? [:])
  }

  /// Whether signed integers with zero point 0 become reals that are then only moved. ONNX Runtime 1.31 moves the pair of
  /// quantisations behind that, and from opset 21 on gives it a zero point of the wrong sign unless there is none to be given.
  private func isMoved(_ node: Node, _ graph: Graph) -> Bool {
    guard axis == nil, graph.type(of: node.operand).dtype == .i8,
      let zero = graph.nodes.first(where: { $0.results.contains(node.operands[2]) })?.op
        as? Constant, zero.value.doubles == [0]
    else { return false }
    return graph.nodes.contains {
      $0.operands.contains(node.result)
        && ($0.op is Reshape || $0.op is Transpose || $0.op is Slice || $0.op is MaxPool2D)
    }
  }
}
