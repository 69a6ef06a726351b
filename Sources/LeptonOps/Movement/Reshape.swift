public import LeptonGraph
public import LeptonValues

/// The same elements, in row-major order, under another shape.
///
/// An extent of -1 follows from the others, 0 copies the operand's extent at that axis; both keep a
/// graph open to other batch sizes.
public struct Reshape: Op {
  public static let name = "reshape"

  public var shape: [Int]

  public init(_ shape: [Int]) { self.shape = shape }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(1, operands)
    let from = operands[0].shape
    var extents = try shape.enumerated().map { axis, extent in
      guard extent == 0 else { return extent }
      guard axis < from.rank else {
        throw LeptonError(.badInput, "reshape: \(from) has no extent \(axis) to copy")
      }
      return from[axis]
    }
    let open = extents.indices.filter { extents[$0] == -1 }
    let known = TensorType(.bool, Shape(extents.filter { $0 != -1 }))
    guard open.count <= 1, known.isAddressable else {
      throw LeptonError(
        .badInput, "reshape: \(Shape(shape)) is not a shape", fix: "at most one extent may be -1")
    }
    if let axis = open.first {
      let rest = known.shape.elementCount
      extents[axis] = rest == 0 ? 0 : from.elementCount / rest
    }
    guard Shape(extents).elementCount == from.elementCount else {
      throw LeptonError(
        .badInput,
        "reshape: the \(from.elementCount) elements of \(from) do not fill \(Shape(shape))",
        fix: "let one extent be -1 to have it inferred")
    }
    return [operands[0].with(shape: Shape(extents))]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    [
      try gradients[0].map { try b.add(one: Reshape(b.shape(of: node.operand).extents), $0) }
    ]
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] { [operands[0].reshaped(to: results[0].shape)] }

  public static let samples = [
    Sample(Reshape([2, 6]), [.normal([3, 4])]),
    Sample(Reshape([0, -1]), [.normal([2, 3, 4])]),
    Sample(Reshape([-1]), [.normal([])]),
    Sample(Reshape([]), [.normal([1, 1])]),
    Sample(Reshape([3, -1, 2]), [.integers([12], -9...9, .i64)], differentiable: false),
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let shape = writer.ints(shape, named: "shape")
    writer.emit(
      "Reshape", [writer.name(of: node.operand), shape], [writer.name(of: node.result)])
  }
}

extension Reshape {
  public static let onnxReaders: [String: ONNXReader] = [
    "Reshape": { node, context in
      let x = try node.input(0)
      guard let shape = try node.ints("shape") ?? context.ints(node, input: 1) else {
        throw node.error("the shape is missing")
      }
      if node.int("allowzero", default: 0) != 0, shape.contains(0) {
        let type = context.builder.type(of: x).with(shape: Shape(shape))
        guard context.builder.shape(of: x).elementCount == 0, type.isAddressable else {
          throw node.error("\(context.builder.type(of: x)) does not fill \(type.shape)")
        }
        return [try context.addConstant(TensorData(zeros: type))]
      }
      let open = keepingBatchOpen(shape, context.builder.shape(of: x))
      return try context.builder.add(Reshape(open), [x])
    },
    "Flatten": { node, context in
      let x = try node.input(0)
      let from = context.builder.shape(of: x)
      let given = node.int("axis", default: 1)
      let axis = given < 0 ? given + from.rank : given
      guard (0...from.rank).contains(axis) else { throw node.error("\(from) has no axis \(given)") }
      let shape =
        switch axis {
        case 0: [1, -1]
        case 1: [0, -1]
        default: [-1, from[axis...].reduce(1, *)]
        }
      return try context.builder.add(Reshape(shape), [x])
    },
    "Squeeze": { node, context in
      let x = try node.input(0)
      let from = context.builder.shape(of: x)
      let axes = try axes(node, &context, rank: from.rank) ?? from.indices.filter { from[$0] == 1 }
      if let axis = axes.first(where: { from[$0] != 1 }) {
        throw node.error("extent \(axis) of \(from) is not 1")
      }
      let kept = from.indices.filter { !axes.contains($0) }
      return try context.builder.add(Reshape(extents(from, kept)), [x])
    },
    "Unsqueeze": { node, context in
      let x = try node.input(0)
      let from = context.builder.shape(of: x)
      let count = try (node.ints("axes") ?? context.ints(node, input: 1) ?? []).count
      guard let axes = try axes(node, &context, rank: from.rank + count) else {
        throw node.error("the axes are missing")
      }
      guard Set(axes).count == count else { throw node.error("axes \(axes) repeat themselves") }
      var next = 0
      let sources = (0..<from.rank + count).map { axis -> Int? in
        if axes.contains(axis) { return nil }
        defer { next += 1 }
        return next
      }
      return try context.builder.add(Reshape(extents(from, sources)), [x])
    },
    "Identity": { node, _ in [try node.input(0)] },
  ]

  /// The axes of Squeeze and Unsqueeze (attribute before opset 13, input since), from the front.
  private static func axes(
    _ node: ONNXNode, _ context: inout ONNXReadContext, rank: Int
  ) throws -> [Int]? {
    try (node.ints("axes") ?? context.ints(node, input: 1))?.map { axis in
      guard let resolved = Shape([Int](repeating: 1, count: rank)).axis(axis) else {
        throw node.error("there is no axis \(axis) among \(rank)")
      }
      return resolved
    }
  }

  /// Extents of a result whose axes come from those of `from`, or are new (nil): copied (0) where they
  /// stay in their place, inferred (-1) for the first that moves. So the same shape holds for every
  /// batch size, whether examples are the first axis or, as in recurrences, the one behind the steps.
  private static func extents(_ from: Shape, _ sources: [Int?]) -> [Int] {
    let moved = sources.indices.first { sources[$0] != nil && sources[$0] != $0 }
    return sources.enumerated().map { axis, source in
      guard let source else { return 1 }
      return source == axis ? 0 : axis == moved ? -1 : from[source]
    }
  }

  /// A shape that was exported for one batch size, rewritten to hold for others where it can.
  private static func keepingBatchOpen(_ shape: [Int], _ from: Shape) -> [Int] {
    guard let first = shape.first, first > 1 || first == from.first else { return shape }
    var open = shape
    if first == from.first {
      open[0] = 0
    } else if !shape.contains(-1), !shape.contains(0) {
      open[0] = -1
    }
    return open
  }
}
