public import LeptonGraph
public import LeptonValues

/// Elements added before (`low`) and after (`high`) along each axis; negative numbers take away.
public struct Pad: Op {
  public enum Mode: String, Sendable, Hashable, Codable, CaseIterable {
    /// The number `value`.
    case constant
    /// The elements mirrored at the border, which is not repeated.
    case reflect
    /// The element at the border.
    case edge
    /// The elements from the other end on, as if the tensor repeated itself.
    case wrap
  }

  public static let name = "pad"

  public var low: [Int]
  public var high: [Int]
  public var mode: Mode
  public var value: Double

  public init(low: [Int], high: [Int], mode: Mode = .constant, value: Double = 0) {
    self.low = low
    self.high = high
    self.mode = mode
    self.value = value
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(1, operands)
    let from = operands[0].shape
    let plausible = -(1 << 40)...(1 << 40)
    guard low.count == from.rank, high.count == from.rank,
      (low + high).allSatisfy(plausible.contains)
    else {
      throw LeptonError(
        .badInput, "pad: \(Shape(low)) before and \(Shape(high)) after \(from)",
        fix: "give each of the \(from.rank) axes two numbers")
    }
    let to = Shape(from.indices.map { low[$0] + from[$0] + high[$0] })
    guard to.allSatisfy({ $0 >= 0 }) else {
      throw LeptonError(.badInput, "pad: more is taken away from \(from) than there is, \(to)")
    }
    for axis in from.indices where mode != .constant {
      let reach = mode != .reflect && from[axis] > 0 ? Int.max : from[axis] - 1
      guard low[axis] <= reach, high[axis] <= reach else {
        throw LeptonError(
          .badInput,
          "pad: axis \(axis) of \(from) cannot \(mode.rawValue) by \(max(low[axis], high[axis]))",
          fix: mode == .reflect ? "mirror fewer elements than there are" : "there is no element")
      }
    }
    return [operands[0].with(shape: to)]
  }

  /// The index in the operand of the element at `index` of the result; nil for added constants.
  private func source(_ index: Int, axis: Int, extent: Int) -> Int? {
    let inner = index - low[axis]
    if (0..<extent).contains(inner) { return inner }
    switch mode {
    case .constant: return nil
    case .edge: return min(max(inner, 0), extent - 1)
    case .reflect: return inner < 0 ? -inner : 2 * (extent - 1) - inner
    case .wrap: return (inner % extent + extent) % extent
    }
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let (from, to) = (operands[0].shape, results[0].shape)
    let strides = from.strides
    return [
      operands[0].rearranged(to: to, fill: value) { position in
        var total = 0
        for (axis, index) in to.coordinates(of: position).enumerated() {
          guard let source = source(index, axis: axis, extent: from[axis]) else { return nil }
          total += source * strides[axis]
        }
        return total
      }
    ]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil] }
    if mode == .constant {
      return [try b.add(one: Pad(low: low.map(-), high: high.map(-)), g)]
    }
    // Mirrored elements gather their gradients: as selections along each axis.
    let first = b.graph.nodes.count
    var y = node.operand
    for axis in low.indices where low[axis] != 0 || high[axis] != 0 {
      let extent = b.shape(of: y)[axis]
      let indices = (0..<low[axis] + extent + high[axis]).map {
        Int64(source($0, axis: axis, extent: extent)!)
      }
      y = try b.add(
        one: Gather(axis: axis), y, b.constant(TensorData(indices, shape: [indices.count])))
    }
    return try b.gradients(
      of: [(y, g)], withRespectTo: [node.operand], through: first..<b.graph.nodes.count)
  }

  public static let samples = [
    Sample(Pad(low: [0, 1], high: [2, 0]), [.normal([3, 4])]),
    Sample(Pad(low: [0, 0, 1, 2], high: [0, 0, 2, 1], value: 0.5), [.normal([1, 2, 3, 3])]),
    Sample(Pad(low: [-1, 1], high: [0, -2]), [.normal([3, 4])]),
    Sample(Pad(low: [0, 2], high: [1, 3], mode: .reflect), [.normal([2, 4])]),
    Sample(Pad(low: [1, 4], high: [1, 0], mode: .edge), [.normal([2, 3])]),
    Sample(Pad(low: [2, 4], high: [1, 5], mode: .wrap), [.normal([2, 3])]),
    Sample(
      Pad(low: [1], high: [1], value: 7), [.integers([3], -9...9, .i32)], differentiable: false),
  ]
}

extension Pad {
  /// Attributes before opset 11, constant operands since.
  public static let onnxReaders: [String: ONNXReader] = [
    "Pad": { node, context in
      let x = try node.input(0)
      let shape = context.builder.shape(of: x)
      guard let mode = Mode(rawValue: node.string("mode", default: "constant")) else {
        throw node.error("mode \(node.string("mode", default: "")) is not supported")
      }
      guard let pads = try node.ints("pads") ?? context.ints(node, input: 1) else {
        throw node.error("the pads are missing")
      }
      let value = try node.optionalInput(2).map { try context.constant($0, of: node).doubles }
      let given = try context.ints(node, input: 3) ?? Array(shape.indices)
      guard pads.count == 2 * given.count else {
        throw node.error("\(pads.count) pads for \(given.count) axes")
      }
      var op = Pad(
        low: shape.map { _ in 0 }, high: shape.map { _ in 0 }, mode: mode,
        value: value?.first ?? node.float("value", default: 0))
      for (index, number) in given.enumerated() {
        guard let axis = shape.axis(number) else {
          throw node.error("\(shape) has no axis \(number)")
        }
        op.low[axis] = pads[index]
        op.high[axis] = pads[given.count + index]
      }
      if (op.low + op.high).allSatisfy({ $0 == 0 }) { return [x] }
      guard mode != .constant, (op.low + op.high).contains(where: { $0 < 0 }) else {
        return try context.builder.add(op, [x])
      }
      // What is taken away is gone before the rest is repeated.
      let crop = Pad(low: op.low.map { min($0, 0) }, high: op.high.map { min($0, 0) })
      (op.low, op.high) = (op.low.map { max($0, 0) }, op.high.map { max($0, 0) })
      return try context.builder.add(op, [context.builder.add(one: crop, x)])
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let pads = writer.ints(low + high, named: "pads")
    let value = mode == .constant ? [writer.scalar(value, like: node.operand)] : []
    writer.emit(
      "Pad", [writer.name(of: node.operand), pads] + value, [writer.name(of: node.result)],
      ["mode": .string(mode.rawValue)], since: mode == .wrap ? 19 : 13)
  }
}
