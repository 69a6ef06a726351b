public import LeptonGraph
package import LeptonValues

/// ONNX makes constants in several ways; all that is known when a file is read becomes one tensor.
extension Constant {
  public static let onnxReaders: [String: ONNXReader] = [
    "Constant": { node, context in [try context.addConstant(value(of: node))] },
    "ConstantOfShape": { node, context in
      guard let shape = try context.ints(node, input: 0) else {
        throw node.error("the shape is missing")
      }
      var element = TensorData(scalar: Float(0))
      if case .tensor(let data) = node.attributes["value"], data.elementCount == 1 {
        element = data.reshaped(to: [])
      }
      let type = element.type.with(shape: Shape(shape))
      try context.requireSmall(type, node, bytes: 1 << 30)
      let filled = try context.add(BroadcastTo(shape), context.addConstant(element))
      if type.shape.elementCount <= 1 << 16 {
        let steps = [Int](repeating: 0, count: shape.count)
        context.remember(element.stepped(to: type.shape, by: steps), for: filled)
      }
      return [filled]
    },
    "Shape": { node, context in
      let x = try node.input(0)
      let shape = context.builder.shape(of: x)
      func bound(_ name: String, _ fallback: Int) -> Int {
        let given = node.int(name, default: fallback)
        return min(max(given < 0 ? given + shape.rank : given, 0), shape.rank)
      }
      let (start, end) = (bound("start", 0), bound("end", shape.rank))
      let extents = try context.extents(of: x)
      guard start > 0 || end < shape.rank else { return [extents] }
      return [try context.part(extents, start..<max(start, end), axis: 0)]
    },
    "Size": { node, context in
      let extents = try context.extents(of: node.input(0))
      return [try context.add(Reduce(.product, axes: [0], keepDims: false), extents)]
    },
    "Range": { node, context in
      let bounds = try (0..<3).map { try context.constant(node.input($0), of: node) }
      if bounds[0].dtype.isInteger {
        return [try context.addConstant(range(bounds, node, context))]
      }
      let (start, limit, step) = (bounds[0].doubles[0], bounds[1].doubles[0], bounds[2].doubles[0])
      let count = Int(exactly: max(0, ((limit - start) / step).rounded(.up)))
      guard step != 0, let count else { throw node.error("\(start) to \(limit) by \(step)") }
      let type = TensorType(bounds[0].dtype, [count])
      try context.requireSmall(type, node)
      let numbers = (0..<count).map { start + Double($0) * step }
      return [try context.addConstant(TensorData(numbers, as: type))]
    },
    "Tile": { node, context in
      guard let counts = try context.ints(node, input: 1) else {
        throw node.error("the repeats are missing")
      }
      var x = try node.input(0)
      guard counts.count == context.builder.shape(of: x).rank, counts.allSatisfy({ $0 >= 0 }) else {
        throw node.error("repeats \(Shape(counts)) of \(context.builder.type(of: x))")
      }
      // Repeats that are worked out from extents may be 1 for some of them only.
      let isStated = try context.isStated(node.input(1))
      for (axis, count) in counts.enumerated() where count != 1 || !isStated {
        x = try context.repeated(x, count, axis: axis)
      }
      return [x]
    },
  ]

  /// Whole numbers from the first of three to before the second, by steps of the third.
  private static func range(
    _ bounds: [TensorData], _ node: ONNXNode, _ context: ONNXReadContext
  ) throws -> TensorData {
    let numbers = bounds.compactMap(\.wholeNumbers.first)
    guard numbers.count == 3, numbers[2] != 0 else {
      throw node.error("a range of \(bounds) has no steps")
    }
    let type = TensorType(bounds[0].dtype, [])
    let count = max(
      0, ((Double(numbers[1]) - Double(numbers[0])) / Double(numbers[2])).rounded(.up))
    guard let count = Int(exactly: count) else { throw node.error("\(numbers) is too long") }
    try context.requireSmall(type.with(shape: [count]), node)
    return TensorData(
      wholeNumbers: (0..<Int64(count)).map { numbers[0] &+ $0 &* numbers[2] },
      as: type.with(shape: [count]))
  }

  private static func value(of node: ONNXNode) throws -> TensorData {
    for (name, attribute) in node.attributes {
      switch (name, attribute) {
      case ("value", .tensor(let data)): return data
      case ("value_float", .float(let number)): return TensorData(scalar: Float(number))
      case ("value_int", .int(let number)): return TensorData(scalar: Int64(number))
      case ("value_floats", .floats(let numbers)):
        return TensorData(numbers.map { Float($0) }, shape: [numbers.count])
      case ("value_ints", .ints(let numbers)):
        return TensorData(numbers.map(Int64.init), shape: [numbers.count])
      default: continue
      }
    }
    throw node.error("a constant of \(node.attributes.keys.sorted()) is not supported")
  }
}

extension ONNXReadContext {
  /// Whether the file says the elements of a value, rather than computing them.
  fileprivate func isStated(_ value: Value) -> Bool {
    builder.graph.nodes.last { $0.results.contains(value) }.map { $0.op is Constant } ?? true
  }

  /// All of a value again and again along an axis: along a new axis before it, which is then part of it.
  fileprivate mutating func repeated(_ x: Value, _ count: Int, axis: Int) throws -> Value {
    let shape = builder.shape(of: x)
    var extents = [Int](repeating: 0, count: axis) + [1] + shape[axis...]
    let apart = try add(Reshape(extents), x)
    extents = [Int](repeating: -1, count: shape.rank + 1)
    extents[axis] = count
    let copies = try add(BroadcastTo(extents), apart)
    let total = shape[axis].multipliedReportingOverflow(by: count)
    guard !total.overflow else { throw LeptonError(.badInput, "\(count) times \(shape)") }
    return try add(
      Reshape([Int](repeating: 0, count: axis) + [total.partialValue] + shape[(axis + 1)...]),
      copies)
  }

  /// The shape of a value, which is known.
  fileprivate mutating func extents(of value: Value) throws -> Value {
    let extents = try add(ShapeOf(), value)
    remember(ShapeOf().value(of: builder.type(of: value)), for: extents)
    return extents
  }

  /// What a reader makes stays small: a file's few bytes may ask for any shape.
  package func requireSmall(
    _ type: TensorType, _ node: ONNXNode, bytes: Int = 1 << 27
  ) throws {
    guard type.isAddressable, type.byteCount <= bytes else {
      throw node.error("a constant \(type) is not supported", fix: "give it as an initializer")
    }
  }
}
