public import LeptonGraph
public import LeptonValues

/// For each index (i32 or i64) a row of `depth` numbers, f32: 1 at the index, 0 elsewhere.
///
/// Negative indices count from the end; one outside gives a row of zeros.
public struct OneHot: Op {
  public static let name = "oneHot"

  public var depth: Int

  public init(depth: Int) { self.depth = depth }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(1, operands)
    guard operands[0].dtype == .i32 || operands[0].dtype == .i64, depth > 0 else {
      throw LeptonError(
        .badInput, "oneHot: \(depth) classes for \(operands[0].dtype) indices",
        fix: "give i32 or i64 indices and one class or more")
    }
    return [TensorType(.f32, Shape(operands[0].shape.extents + [depth]))]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] { [nil] }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let rows = operands[0].ints.flatMap { number in
      let index = number < 0 ? number + depth : number
      return (0..<depth).map { $0 == index ? 1.0 : 0.0 }
    }
    return [TensorData(rows, as: results[0])]
  }

  public static let samples = [
    Sample(OneHot(depth: 4), [.integers([5], 0...3, .i64)], differentiable: false),
    Sample(OneHot(depth: 3), [.integers([2, 3], -4...4, .i32)], differentiable: false),
    Sample(OneHot(depth: 2), [.integers([], 0...1, .i64)], differentiable: false),
  ]

  /// Other numbers than 0 and 1, another type and another axis are compositions.
  public static let onnxReaders: [String: ONNXReader] = [
    "OneHot": { node, context in
      var indices = try node.input(0)
      // The depth may be of any type, a float too.
      let given = try context.constant(node.input(1), of: node).doubles.first
      guard let given, let depth = Int(exactly: given), depth > 0 else {
        throw node.error("the depth is \(given.map { "\($0)" } ?? "missing")")
      }
      let values = try context.constant(node.input(2), of: node)
      guard values.elementCount == 2 else {
        throw node.error(
          "\(values.elementCount) values are given", fix: "two are needed, off and on")
      }
      if context.builder.dtype(of: indices) != .i64 {
        indices = try context.builder.add(one: Cast(to: .i64), indices)
      }
      var rows = try context.builder.add(one: OneHot(depth: depth), indices)
      if values.dtype != .f32 || values.doubles != [0, 1] {
        let mask = try context.builder.add(one: Cast(to: .bool), rows)
        let parts = try (0..<2).map { index in
          try context.addConstant(values.rearranged(to: []) { _ in index })
        }
        rows = try context.builder.add(one: Select(), mask, parts[1], parts[0])
      }
      let rank = context.builder.shape(of: rows).rank
      let axis = node.int("axis", default: -1)
      guard let target = context.builder.shape(of: rows).axis(axis) else {
        throw node.error("there is no axis \(axis) among \(rank)")
      }
      if target == rank - 1 { return [rows] }
      var permutation = Array(0..<rank - 1)
      permutation.insert(rank - 1, at: target)
      return try context.builder.add(Transpose(permutation), [rows])
    }
  ]

  /// ONNX has no indices without axes, and its runtime wants the depth in the type of the indices.
  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let type = writer.type(of: node.operand)
    let depth = writer.constant(
      TensorData([Double(depth)], as: TensorType(type.dtype, [1])), named: "depth")
    let values = writer.constant(TensorData([0, 1] as [Float], shape: [2]), named: "values")
    var (indices, rows) = (writer.name(of: node.operand), writer.name(of: node.result))
    let result = rows
    if type.shape.rank == 0 {
      let row = writer.temporary("index")
      writer.emit("Reshape", [indices, writer.ints([1], named: "shape")], [row])
      (indices, rows) = (row, writer.temporary("row"))
    }
    writer.emit("OneHot", [indices, depth, values], [rows], ["axis": .int(-1)])
    if rows != result {
      writer.emit("Reshape", [rows, writer.ints([-1], named: "shape")], [result])
    }
  }
}
