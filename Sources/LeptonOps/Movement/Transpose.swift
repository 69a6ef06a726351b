public import LeptonGraph
public import LeptonValues

/// The axes in another order: axis `i` of the result is axis `permutation[i]` of the operand.
public struct Transpose: Op {
  public static let name = "transpose"

  public var permutation: [Int]

  public init(_ permutation: [Int]) { self.permutation = permutation }

  /// The permutation that undoes this one.
  public var inverse: Transpose {
    Transpose(permutation.indices.map { permutation.firstIndex(of: $0)! })
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(1, operands)
    let from = operands[0].shape
    guard permutation.sorted() == Array(from.indices) else {
      throw LeptonError(
        .badInput, "transpose: \(Shape(permutation)) does not reorder the axes of \(from)",
        fix: "name each of the \(from.rank) axes once")
    }
    return [operands[0].with(shape: Shape(permutation.map { from[$0] }))]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] { [try gradients[0].map { try b.add(one: inverse, $0) }] }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let steps = permutation.map { operands[0].shape.strides[$0] }
    return [operands[0].stepped(to: results[0].shape, by: steps)]
  }

  public static let samples = [
    Sample(Transpose([1, 0]), [.normal([3, 4])]),
    Sample(Transpose([0, 2, 3, 1]), [.normal([2, 3, 4, 5])]),
    Sample(Transpose([]), [.normal([])]),
    Sample(Transpose([2, 0, 1]), [.integers([2, 3, 4], -9...9, .i32)], differentiable: false),
  ]

  public static let onnxReaders: [String: ONNXReader] = [
    "Transpose": { node, context in
      let x = try node.input(0)
      let reversed = Array(context.builder.shape(of: x).indices.reversed())
      return try context.builder.add(Transpose(node.ints("perm") ?? reversed), [x])
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit("Transpose", for: node, ["perm": .ints(permutation)])
  }
}
