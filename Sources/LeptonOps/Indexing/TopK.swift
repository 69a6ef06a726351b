public import LeptonGraph
public import LeptonValues

/// The largest (or smallest) elements along an axis in order, and their indices along it, i64.
///
/// Of equal elements the first comes first; NaN counts as larger than every number.
public struct TopK: Op {
  public static let name = "topK"

  public var count: Int
  /// Negative ones count from the last.
  public var axis: Int
  public var largest: Bool

  public init(_ count: Int, axis: Int = -1, largest: Bool = true) {
    self.count = count
    self.axis = axis
    self.largest = largest
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(1, operands)
    var shape = operands[0].shape
    let axis = try resolve(axis, in: shape)
    guard (0...shape[axis]).contains(count), operands[0].dtype != .bool else {
      throw LeptonError(
        .badInput, "topK: there are no \(count) along axis \(axis) of \(operands[0])",
        fix: "ask for 0 to \(shape[axis]) numbers")
    }
    shape[axis] = count
    return [operands[0].with(shape: shape), TensorType(.i64, shape)]
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let shape = operands[0].shape
    let axis = try resolve(axis, in: shape)
    let (extent, step) = (shape[axis], shape.strides[axis])
    let keys = operands[0].sortKeys
    var winners = [Int](repeating: 0, count: results[0].shape.elementCount)
    for line in 0..<(extent == 0 ? 0 : keys.count / extent) {
      let (outer, inner) = line.quotientAndRemainder(dividingBy: step)
      let start = outer * extent * step + inner
      let order = (0..<extent).sorted { a, b in
        let (x, y) = (keys[start + a * step], keys[start + b * step])
        return x == y ? a < b : (x > y) == largest
      }
      for rank in 0..<count { winners[(outer * count + rank) * step + inner] = order[rank] }
    }
    let values = operands[0].rearranged(to: results[0].shape) { position in
      position / (count * step) * extent * step + winners[position] * step + position % step
    }
    return [values, TensorData(winners.map(Int64.init), shape: results[1].shape)]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil] }
    let first = b.graph.nodes.count
    let values = try b.gatherElements(node.operand, node.results[1], axis: axis)
    return try b.gradients(
      of: [(values, g)], withRespectTo: [node.operand], through: first..<b.graph.nodes.count)
  }

  public static let samples = [
    Sample(TopK(3), [.distinct([4, 7])]),
    Sample(TopK(2, axis: 1, largest: false), [.distinct([2, 5, 3])]),
    Sample(TopK(4, axis: 0), [.distinct([4])]),
    Sample(TopK(5), [.integers([3, 8], 0...3, .i64)], differentiable: false),
    Sample(TopK(0), [.normal([2, 3])], differentiable: false),
  ]

  public static let onnxReaders: [String: ONNXReader] = [
    "TopK": { node, context in
      let given = try context.ints(node, input: 1)?.first
      guard let count = node.opset < 10 ? node.int("k", default: -1) : given else {
        throw node.error("how many are wanted (k) is missing")
      }
      let op = TopK(
        count, axis: node.int("axis", default: -1), largest: node.int("largest", default: 1) != 0)
      return try context.builder.add(op, [node.input(0)])
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let count = writer.ints([count], named: "k")
    writer.emit(
      "TopK", [writer.name(of: node.operand), count], node.results.map { writer.name(of: $0) },
      ["axis": .int(axis), "largest": .int(largest ? 1 : 0), "sorted": .int(1)])
  }
}

extension TensorData {
  /// Whole numbers in the order of the elements: exact for integers, NaN largest.
  package var sortKeys: [Int] {
    if dtype == .u64 { return wholeNumbers.map { Int($0) ^ .min } }
    if dtype.isInteger || dtype == .bool { return ints }
    return doubles.map { number in
      if number.isNaN { return .max }
      // IEEE numbers order as integers of sign and magnitude; both zeros are 0.
      let bits = Int(bitPattern: UInt(number.magnitude.bitPattern))
      return number < 0 ? -bits : bits
    }
  }
}
