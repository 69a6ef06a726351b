public import LeptonGraph
public import LeptonValues

/// Rows summed into zeros of `shape` at the indices: the gradient of `Gather` along axis 0.
///
/// Operands: indices (i32 or i64) of any shape I, and rows of shape I + shape[1...].
public struct ScatterAdd: Op {
  public static let name = "scatterAdd"

  public var shape: [Int]

  public init(shape: [Int]) { self.shape = shape }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(2, operands)
    let (indices, rows) = (operands[0], operands[1])
    guard indices.dtype == .i32 || indices.dtype == .i64 else {
      throw LeptonError(
        .badInput, "scatterAdd: the indices are \(indices.dtype)", fix: "cast them to i64")
    }
    let expected = Shape(indices.shape.extents + shape.dropFirst())
    guard !shape.isEmpty, rows.dtype != .bool, rows.shape == expected else {
      throw LeptonError(
        .badInput,
        "scatterAdd: \(rows) does not hold rows of \(Shape(shape)) for indices "
          + "\(indices.shape)", fix: "give numbers of shape \(expected)")
    }
    return [rows.with(shape: Shape(shape))]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    [nil, try gradients[0].map { try b.add(one: Gather(axis: 0), $0, node.operands[0]) }]
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let rowCount = shape.dropFirst().reduce(1, *)
    let rows = operands[1].doubles
    var sums = [Double](repeating: 0, count: results[0].shape.elementCount)
    for (row, index) in try operands[0].indices(below: shape[0], of: self).enumerated() {
      for offset in 0..<rowCount {
        sums[index * rowCount + offset] += rows[row * rowCount + offset]
      }
    }
    return [TensorData(sums, as: results[0])]
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    Cost(flops: operands[1].shape.elementCount, operands, results)
  }

  public static let samples = [
    Sample(
      ScatterAdd(shape: [5, 3]), [.integers([4], 0...4, .i64), .normal([4, 3])]),
    Sample(
      ScatterAdd(shape: [3, 2]), [.integers([2, 4], -3...2, .i32), .normal([2, 4, 2])]),
    Sample(ScatterAdd(shape: [4]), [.integers([], 0...3, .i64), .normal([])]),
  ]

  /// A ScatterND into zeros, with tuples of one index.
  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let (indices, rows) = (writer.type(of: node.operands[0]), node.operands[1])
    let zeros = writer.constant(
      TensorData(zeros: writer.type(of: node.result)), named: "zeros")
    let (wide, tuples) = (writer.temporary("indices"), writer.temporary("tuples"))
    writer.emit(
      "Cast", [writer.name(of: node.operands[0])], [wide], ["to": .int(DType.i64.onnxCode)])
    let shape = writer.ints(indices.shape.extents + [1], named: "shape")
    writer.emit("Reshape", [wide, shape], [tuples])
    writer.emit(
      "ScatterND", [zeros, tuples, writer.name(of: rows)], [writer.name(of: node.result)],
      ["reduction": .string("add")], since: 16)
  }
}
