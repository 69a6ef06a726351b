public import LeptonGraph
public import LeptonValues

/// `data` with the blocks that tuples of indices (i64, along their last axis) name replaced by
/// `updates`, or combined with them. The counterpart of `GatherND`, whose axes it shares.
///
/// Operands: data, indices, updates. Where several updates meet without a reduction, the last one
/// stays.
public struct ScatterND: Op {
  public enum Reduction: String, Sendable, Hashable, Codable, CaseIterable {
    case none, add, mul, max, min
  }

  public static let name = "scatterNd"

  public var reduction: Reduction
  public var batchDims: Int

  public init(_ reduction: Reduction = .none, batchDims: Int = 0) {
    self.reduction = reduction
    self.batchDims = batchDims
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(3, operands)
    let (data, updates) = (operands[0], operands[2])
    let tuples = try IndexTuples(data, indices: operands[1], batchDims: batchDims, of: self)
    let expected = data.with(shape: Shape(tuples.outer.extents + tuples.block.extents))
    guard updates == expected else {
      throw LeptonError(
        .badInput, "scatterNd: the updates are \(updates)", fix: "they must be \(expected)")
    }
    guard reduction == .none || data.dtype != .bool else {
      throw LeptonError(
        .badInput, "scatterNd: bool elements have no \(reduction.rawValue)", fix: "cast first")
    }
    return [data]
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let tuples = try IndexTuples(
      operands[0].type, indices: operands[1].type, batchDims: batchDims, of: self)
    let positions = try tuples.positions(operands[1], of: self)
    let block = tuples.block.elementCount
    if reduction == .none {
      return [operands[0].replacing(blocksOf: block, at: positions, by: operands[2])]
    }
    func combine<Number>(
      _ old: [Number], _ new: [Number], _ combined: (Number, Number) -> Number
    ) -> [Number] {
      var y = old
      for (index, update) in new.enumerated() {
        let position = positions[index / block] + index % block
        y[position] = combined(y[position], update)
      }
      return y
    }
    // Whole numbers of 64 bits without a sign order by their numbers, which a double nearly has.
    if results[0].dtype.isInteger, results[0].dtype != .u64 {
      let y = combine(operands[0].wholeNumbers, operands[2].wholeNumbers) { wholeCombined($0, $1) }
      return [TensorData(wholeNumbers: y, as: results[0])]
    }
    let y = combine(operands[0].doubles, operands[2].doubles) { combined($0, $1) }
    return [TensorData(y, as: results[0])]
  }

  private func combined(_ old: Double, _ new: Double) -> Double {
    switch reduction {
    case .none: new
    case .add: old + new
    case .mul: old * new
    case .max: ScalarOp.maximum.evaluate([old, new])
    case .min: ScalarOp.minimum.evaluate([old, new])
    }
  }

  private func wholeCombined(_ old: Int64, _ new: Int64) -> Int64 {
    switch reduction {
    case .none: new
    case .add: old &+ new
    case .mul: old &* new
    case .max: max(old, new)
    case .min: min(old, new)
    }
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil, nil, nil] }
    let (indices, updates) = (node.operands[1], node.operands[2])
    let taken = try b.add(one: GatherND(batchDims: batchDims), g, indices)
    switch reduction {
    case .add: return [g, nil, taken]
    case .none:
      let zeros = try b.constant(TensorData(zeros: b.type(of: updates)))
      return [try b.add(one: self, g, indices, zeros), nil, taken]
    case .mul, .max, .min:
      throw notDifferentiable(node, fix: "scatter by addition or replacement")
    }
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    Cost(
      flops: reduction == .none ? 0 : operands[2].shape.elementCount, operands, results)
  }

  /// Tuples that name each entry once, where the order of updates must not matter.
  private static let distinct = TensorData([2, 0, -1, 1, 0, 0] as [Int64], shape: [3, 2])

  public static let samples =
    [
      Sample(ScatterND(), [.normal([3, 4]), .values(distinct), .normal([3])]),
      Sample(
        ScatterND(batchDims: 1),
        [
          .normal([2, 3]), .values(TensorData([1, -1] as [Int64], shape: [2, 1, 1])),
          .normal([2, 1]),
        ]
      ),
      Sample(
        ScatterND(.add), [.normal([3, 2]), .integers([5, 1], -3...2, .i64), .normal([5, 2])]),
      Sample(
        ScatterND(.add, batchDims: 1),
        [.normal([2, 3, 2]), .integers([2, 4, 1], 0...2, .i64), .normal([2, 4, 2])]),
    ]
    + [Reduction.mul, .max, .min].map { reduction in
      Sample(
        ScatterND(reduction), [.normal([3, 4]), .integers([6, 2], 0...2, .i64), .normal([6])],
        differentiable: false)
    }
}

extension ScatterND {
  public static let onnxReaders: [String: ONNXReader] = [
    "ScatterND": { node, context in
      let op = ScatterND(try Reduction(of: node))
      return try context.builder.add(op, [node.input(0), node.input(1), node.input(2)])
    }
  ]

  /// ONNX knows no batch axes here: their coordinates become part of the tuples.
  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let (attributes, since) = reduction.onnx
    guard batchDims > 0 else {
      return writer.emit("ScatterND", for: node, attributes, since: since)
    }
    let indices = writer.type(of: node.operands[1]).shape
    let grid = writer.constant(.coordinates(Shape(Array(indices.dropLast())), axes: 0..<batchDims))
    let tuples = writer.temporary("tuples")
    writer.emit("Concat", [grid, writer.name(of: node.operands[1])], [tuples], ["axis": .int(-1)])
    writer.emit(
      "ScatterND",
      [writer.name(of: node.operands[0]), tuples, writer.name(of: node.operands[2])],
      [writer.name(of: node.result)], attributes, since: since)
  }
}

extension ScatterND.Reduction {
  /// The attributes of a node, and the operator set that brought them.
  fileprivate var onnx: (attributes: [String: ONNXAttribute], since: Int) {
    switch self {
    case .none: ([:], 13)
    case .add, .mul: (["reduction": .string(rawValue)], 16)
    case .max, .min: (["reduction": .string(rawValue)], 18)
    }
  }

  /// What a scatter node of ONNX asks for.
  package init(of node: ONNXNode) throws {
    let name = node.string("reduction", default: "none")
    guard let reduction = Self(rawValue: name) else {
      throw node.error(
        "reduction '\(name)' is unknown",
        fix: "known are \(Self.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    self = reduction
  }
}

extension TensorData {
  /// For each element of a tensor of `shape` its coordinates along `axes`, i64, as a new last axis.
  package static func coordinates(_ shape: Shape, axes: Range<Int>) -> TensorData {
    let numbers = (0..<shape.elementCount).flatMap { position in
      shape.coordinates(of: position)[axes].map(Int64.init)
    }
    return TensorData(numbers, shape: Shape(shape.extents + [axes.count]))
  }
}
