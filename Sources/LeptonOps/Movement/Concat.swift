public import LeptonGraph
public import LeptonValues

/// Several tensors end to end along an axis.
public struct Concat: Op {
  public static let name = "concat"

  /// Negative ones count from the last.
  public var axis: Int

  public init(axis: Int) { self.axis = axis }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    guard var shape = operands.first?.shape else {
      throw LeptonError(.badInput, "concat takes one or more operands, none was given")
    }
    let axis = try resolve(axis, in: shape)
    for operand in operands.dropFirst() {
      var expected = shape
      if operand.shape.rank == shape.rank { expected[axis] = operand.shape[axis] }
      guard operand == operands[0].with(shape: expected) else {
        throw LeptonError(
          .badInput, "concat: \(operands[0]) and \(operand) differ beside axis \(axis)",
          fix: "all other extents and the types must be equal")
      }
      shape[axis] += operand.shape[axis]
    }
    return [operands[0].with(shape: shape)]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return node.operands.map { _ in nil } }
    let shape = b.shape(of: g)
    let axis = try resolve(axis, in: shape)
    var start = 0
    return try node.operands.map { operand in
      let range = start..<start + b.shape(of: operand)[axis]
      start = range.upperBound
      return try b.add(one: Slice(range, axis: axis, rank: shape.rank), g)
    }
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let axis = try resolve(axis, in: results[0].shape)
    let inner = results[0].shape.strides[axis] * results[0].dtype.byteCount
    var result = TensorData(zeros: results[0])
    result.withUnsafeMutableBytes { to in
      let row = results[0].shape[axis] * inner
      var offset = 0
      for operand in operands {
        let length = operand.shape[axis] * inner
        operand.withUnsafeBytes { from in
          for outer in 0..<(length == 0 ? 0 : operand.type.byteCount / length) {
            let piece = UnsafeRawBufferPointer(
              rebasing: from[outer * length..<(outer + 1) * length])
            UnsafeMutableRawBufferPointer(rebasing: to[(outer * row + offset)...])
              .copyMemory(from: piece)
          }
        }
        offset += length
      }
    }
    return [result]
  }

  public static let samples = [
    Sample(Concat(axis: 0), [.normal([2, 3]), .normal([1, 3])]),
    Sample(Concat(axis: -1), [.normal([2, 3, 1]), .normal([2, 3, 4]), .normal([2, 3, 2])]),
    Sample(Concat(axis: 1), [.normal([2, 3, 4, 5])]),
    Sample(Concat(axis: 0), [.normal([0]), .normal([3])]),
    Sample(
      Concat(axis: 0), [.integers([2], -9...9, .i64), .integers([3], -9...9, .i64)],
      differentiable: false),
  ]

  public static let onnxReaders: [String: ONNXReader] = [
    "Concat": { node, context in
      let operands = try node.inputs.indices.map { try node.input($0) }
      return try context.builder.add(Concat(axis: node.int("axis", default: 0)), operands)
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit("Concat", for: node, ["axis": .int(axis)])
  }
}
