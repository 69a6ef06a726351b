public import LeptonGraph
public import LeptonValues

/// The blocks of `data` that tuples of indices (i64, along their last axis) name.
///
/// The first `batchDims` axes of data and indices correspond. Data `[batch..., indexed..., block...]`
/// and indices `[batch..., tuples..., k]` give `[batch..., tuples..., block...]`, with k indexed
/// axes. Negative indices count from the end.
public struct GatherND: Op {
  public static let name = "gatherNd"

  public var batchDims: Int

  public init(batchDims: Int = 0) { self.batchDims = batchDims }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(2, operands)
    let tuples = try IndexTuples(
      operands[0], indices: operands[1], batchDims: batchDims, of: self)
    return [operands[0].with(shape: Shape(tuples.outer.extents + tuples.block.extents))]
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let tuples = try IndexTuples(
      operands[0].type, indices: operands[1].type, batchDims: batchDims, of: self)
    let positions = try tuples.positions(operands[1], of: self)
    let block = tuples.block.elementCount
    return [
      operands[0].rearranged(to: results[0].shape) { position in
        positions[position / block] + position % block
      }
    ]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil, nil] }
    let type = b.type(of: node.operands[0])
    let zeros = try b.constant(TensorData(zeros: type))
    let scatter = ScatterND(.add, batchDims: batchDims)
    return [try b.add(one: scatter, zeros, node.operands[1], g), nil]
  }

  public static let samples = [
    Sample(GatherND(), [.normal([3, 4]), .integers([5, 2], -3...2, .i64)]),
    Sample(GatherND(), [.normal([3, 2, 4]), .integers([2, 3, 1], 0...2, .i64)]),
    Sample(GatherND(batchDims: 1), [.normal([2, 5, 3]), .integers([2, 4, 1], -5...4, .i64)]),
    Sample(GatherND(batchDims: 2), [.normal([2, 3, 4]), .integers([2, 3, 1], 0...3, .i64)]),
    Sample(
      GatherND(), [.integers([4], -9...9, .i64), .integers([1], 0...3, .i64)],
      differentiable: false),
  ]

  public static let onnxReaders: [String: ONNXReader] = [
    "GatherND": { node, context in
      let op = GatherND(batchDims: node.int("batch_dims", default: 0))
      return try context.builder.add(op, [node.input(0), node.input(1)])
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit("GatherND", for: node, ["batch_dims": .int(batchDims)])
  }
}
