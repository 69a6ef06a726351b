public import LeptonGraph
public import LeptonValues

/// The entries of `data` along an axis that `indices` (i32 or i64) name: an embedding, along axis 0.
///
/// The axes of the indices take the place of the axis. Negative indices count from the end.
public struct Gather: Op {
  public static let name = "gather"

  /// Negative ones count from the last.
  public var axis: Int

  public init(axis: Int = 0) { self.axis = axis }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(2, operands)
    let (data, indices) = (operands[0], operands[1])
    let axis = try resolve(axis, in: data.shape)
    guard indices.dtype == .i32 || indices.dtype == .i64 else {
      throw LeptonError(
        .badInput, "gather: the indices are \(indices.dtype)", fix: "cast them to i64")
    }
    let extents =
      Array(data.shape[..<axis]) + indices.shape.extents + Array(data.shape[(axis + 1)...])
    return [data.with(shape: Shape(extents))]
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let shape = operands[0].shape
    let axis = try resolve(axis, in: shape)
    let indices = try operands[1].indices(below: shape[axis], of: self)
    let inner = shape.strides[axis]
    return [
      operands[0].rearranged(to: results[0].shape) { position in
        let (block, offset) = position.quotientAndRemainder(dividingBy: inner)
        let (outer, index) = block.quotientAndRemainder(dividingBy: indices.count)
        return (outer * shape[axis] + indices[index]) * inner + offset
      }
    ]
  }

  /// Sums rows; along another axis, with the axes reordered before and after.
  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil, nil] }
    let (data, indices) = (node.operands[0], node.operands[1])
    let shape = b.shape(of: data)
    let axis = try resolve(axis, in: shape)
    let rows = [shape[axis]] + shape[..<axis] + shape[(axis + 1)...]
    guard axis > 0 else {
      return [try b.add(one: ScatterAdd(shape: shape.extents), indices, g), nil]
    }
    let indexed = axis..<axis + b.shape(of: indices).rank
    let others = b.shape(of: g).indices.filter { !indexed.contains($0) }
    let front = try b.add(one: Transpose(Array(indexed) + others), g)
    let sum = try b.add(one: ScatterAdd(shape: rows), indices, front)
    let back = Transpose([axis] + shape.indices.filter { $0 != axis }).inverse
    return [try b.add(one: back, sum), nil]
  }

  public static let samples = [
    Sample(Gather(axis: 0), [.normal([5, 3]), .integers([4], 0...4, .i64)]),
    Sample(Gather(axis: 0), [.normal([5, 2]), .integers([2, 3], -5...4, .i32)]),
    Sample(Gather(axis: 1), [.normal([2, 4, 3]), .integers([2, 2], 0...3, .i64)]),
    Sample(Gather(axis: -1), [.normal([2, 4]), .integers([], 0...3, .i64)]),
    Sample(
      Gather(axis: 0), [.integers([4], -9...9, .i64), .integers([1], 0...3, .i64)],
      differentiable: false),
  ]

  public static let onnxReaders: [String: ONNXReader] = [
    "Gather": { node, context in
      let axis = node.int("axis", default: 0)
      return try context.builder.add(Gather(axis: axis), [node.input(0), node.input(1)])
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit("Gather", for: node, ["axis": .int(axis)])
  }
}

extension TensorData {
  /// The elements as indices counted from the front. Throws where one is outside.
  package func indices(below count: Int, of op: some Op) throws -> [Int] {
    try ints.map { number in
      let index = number < 0 ? number + count : number
      guard (0..<count).contains(index) else {
        throw LeptonError(
          .badInput, "\(op.name): index \(number) is outside of \(count) entries",
          fix: "indices are \(-count) to \(count - 1)")
      }
      return index
    }
  }
}
