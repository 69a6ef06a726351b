import LeptonGraph
import LeptonValues

/// RNN, GRU and LSTM as ONNX writes them: both directions in one node, and the gates in another order.
struct RecurrentONNX: Sendable {
  let opType: String
  let cell: UnrolledRecurrence.Cell
  /// The place in ONNX's order of each gate of ours, and the other way round.
  let reading: [Int]
  let writing: [Int]
  /// Values that a state has.
  let states: Int
  /// What ONNX means for each direction where it names nothing.
  let activations: [RecurrentActivation.Kind]
  /// How weights of 8 bits multiply; nil where weights are real.
  var quantizedProduct: DynamicallyQuantizedLSTM.Product?

  static let rnn = RecurrentONNX(
    opType: "RNN", cell: .rnn, reading: [0], writing: [0], states: 1, activations: [.tanh])
  /// ONNX: input, output, forget, cell.
  static let lstm = RecurrentONNX(
    opType: "LSTM", cell: .lstm, reading: [0, 2, 3, 1], writing: [0, 3, 1, 2], states: 2,
    activations: [.sigmoid, .tanh, .tanh])
  /// ONNX: update, reset, hidden.
  static let gru = RecurrentONNX(
    opType: "GRU", cell: .gru, reading: [1, 0, 2], writing: [1, 0, 2], states: 1,
    activations: [.sigmoid, .tanh])

  private var gates: Int { reading.count }

  // MARK: Reading

  /// A reader that writes every step out.
  var unrolledReader: ONNXReader { reader { _, _ in nil } }

  /// - Parameter op: the operation that stands for a node without variants.
  func reader(
    _ op: @escaping @Sendable (_ node: ONNXNode, _ reversed: Bool) -> (any Op)?
  ) -> ONNXReader {
    { node, context in
      try allowAttributes(of: node)
      let node = try withGatesFirst(withStepsFirst(node, &context), &context)
      let variant = try variant(of: node, context)
      var results: [[Value]] = []
      for (index, isReversed) in variant.directions.enumerated() {
        if let op = variant.isPlain ? op(node, isReversed) : nil {
          let operands = try operands(of: node, direction: index, &context)
          results.append(try context.builder.add(op, operands))
        } else {
          results.append(try unrolled(node, direction: index, variant, &context))
        }
      }
      // Directions are the second axis of the hidden values, the first of the states.
      return try (0...states).map { result in
        let stacked = try context.stacked(
          results.map { $0[result] }, axis: result == 0 ? 1 : 0)
        guard variant.isBatchFirst else { return stacked }
        return try context.transposed(stacked, result == 0 ? [2, 0, 1, 3] : [1, 0, 2])
      }
    }
  }

  /// What the attributes ask for.
  private struct Variant {
    /// Whether each direction is reversed.
    var directions: [Bool]
    var activations: [RecurrentActivation]
    var clip: Double?
    var couplesForget: Bool
    var isBatchFirst: Bool
    /// Whether nothing is unusual but the order of axes.
    var isPlain: Bool
  }

  private func allowAttributes(of node: ONNXNode) throws {
    let own =
      switch cell {
      case .rnn: [String]()
      case .gru: ["linear_before_reset"]
      case .lstm: ["input_forget"]
      }
    try node.allow(
      [
        "activation_alpha", "activation_beta", "activations", "clip", "direction", "hidden_size",
        "layout",
      ] + own)
  }

  private func variant(of node: ONNXNode, _ context: ONNXReadContext) throws -> Variant {
    let all: [String: [Bool]] = [
      "forward": [false], "reverse": [true], "bidirectional": [false, true],
    ]
    let recurrent = context.shape(of: try node.input(2))
    guard let directions = all[node.string("direction", default: "forward")],
      recurrent.rank == 3, recurrent[0] == directions.count,
      recurrent[1] == gates * recurrent[2],
      node.int("hidden_size", default: recurrent[2]) == recurrent[2]
    else { throw node.error("its direction does not fit recurrent weights \(recurrent)") }
    let named = try RecurrentActivation.all(
      of: node, default: activations, directions: directions.count)
    let usual = activations.map { RecurrentActivation(kind: $0) }
    let clip: Double? = node.attributes["clip"] == nil ? nil : node.float("clip", default: 0)
    guard clip.map({ $0 > 0 }) ?? true else {
      throw node.error("clip \(clip ?? 0)", fix: "it is more than 0")
    }
    let couplesForget = node.int("input_forget", default: 0) != 0
    let hasPeepholes =
      cell == .lstm && node.optionalInput(7).map { !context.isConstant($0) { $0 == 0 } } ?? false
    return Variant(
      directions: directions, activations: named, clip: clip, couplesForget: couplesForget,
      isBatchFirst: node.int("layout", default: 0) != 0,
      isPlain: quantizedProduct == nil && clip == nil && !couplesForget && !hasPeepholes
        && named.enumerated().allSatisfy { $0.element == usual[$0.offset % usual.count] })
  }

  /// The node with operands that have steps, or directions, before the batch (`layout` 0).
  private func withStepsFirst(
    _ node: ONNXNode, _ context: inout ONNXReadContext
  ) throws -> ONNXNode {
    let layout = node.int("layout", default: 0)
    guard [0, 1].contains(layout) else { throw node.error("layout \(layout) is not 0 or 1") }
    var result = node
    for index in [0] + [5, 6].prefix(states) {
      guard let value = node.optionalInput(index) else { continue }
      try node.require(context.shape(of: value), rank: 3, "input \(index)")
      if layout == 1 { result.inputs[index] = try context.transposed(value, [1, 0, 2]) }
    }
    return result
  }

  /// The node with weights `[directions, gates·H, I]`; those of 8 bits stand the other way round.
  private func withGatesFirst(
    _ node: ONNXNode, _ context: inout ONNXReadContext
  ) throws -> ONNXNode {
    guard quantizedProduct != nil else { return node }
    var result = node
    for index in 1...2 {
      let weight = try node.input(index)
      try node.require(context.shape(of: weight), rank: 3, "input \(index)")
      result.inputs[index] = try context.transposed(weight, [0, 2, 1])
    }
    return result
  }

  private func operands(
    of node: ONNXNode, direction: Int, _ context: inout ONNXReadContext
  ) throws -> [Value] {
    let x = try node.input(0)
    let hidden = context.shape(of: try node.input(2))[2]
    var operands = [x]
    for index in 1...2 {
      let weight = try context.entry(direction, of: node.input(index))
      operands.append(try context.gates(weight, reading, hidden))
    }
    for bias in try biases(of: node, direction: direction, &context) {
      let sorted = try context.gates(bias, reading, hidden)
      operands.append(try context.reshaped(sorted, [-1]))
    }
    let starts = [5, 6].prefix(states).compactMap(node.optionalInput)
    if !starts.allSatisfy({ context.isConstant($0) { $0 == 0 } }) {
      operands += try firstStates(of: node, direction: direction, &context)
    }
    return operands + lengths(of: node, context)
  }

  private func unrolled(
    _ node: ONNXNode, direction: Int, _ variant: Variant, _ context: inout ONNXReadContext
  ) throws -> [Value] {
    let hidden = context.shape(of: try node.input(2))[2]
    let count = activations.count
    let recurrence = UnrolledRecurrence(
      cell: cell,
      activations: Array(variant.activations[direction * count..<(direction + 1) * count]),
      clip: variant.clip, hasLinearReset: node.int("linear_before_reset", default: 0) != 0,
      couplesForget: variant.couplesForget, isReversed: variant.directions[direction],
      hidden: hidden)
    var peepholes: [Value] = []
    if cell == .lstm, let all = node.optionalInput(7) {
      try node.require(
        context.shape(of: all), [variant.directions.count, 3 * hidden], "the peepholes")
      let own = try context.entry(direction, of: all)
      peepholes = try (0..<3).map {
        try context.part(own, $0 * hidden..<($0 + 1) * hidden, axis: 0)
      }
    }
    let operands = UnrolledRecurrence.Operands(
      x: try node.input(0),
      inputProduct: try product(of: node, 1, direction: direction, &context),
      recurrentProduct: try product(of: node, 2, direction: direction, &context),
      biases: try biases(of: node, direction: direction, &context),
      lengths: lengths(of: node, context).first,
      states: try firstStates(of: node, direction: direction, &context), peepholes: peepholes)
    return try recurrence.results(operands, node, &context)
  }

  /// The product with the weights at input `index`.
  private func product(
    of node: ONNXNode, _ index: Int, direction: Int, _ context: inout ONNXReadContext
  ) throws -> UnrolledRecurrence.Product {
    let weight = try context.entry(direction, of: node.input(index))
    let hidden = context.shape(of: try node.input(2))[2]
    guard let quantizedProduct else {
      return { rows, gates, context in
        let range = gates.lowerBound * hidden..<gates.upperBound * hidden
        return try context.add(
          MatMul(transposeB: true), rows, context.part(weight, range, axis: 0))
      }
    }
    let scale = try context.entry(direction, of: node.input(2 * index + 6))
    let zero = try context.entry(direction, of: node.input(2 * index + 7))
    let quantized = DynamicallyQuantizedLSTM.Weight(
      values: try context.transposed(weight, [1, 0]), scale: scale, zero: zero)
    return { rows, _, context in try quantizedProduct(rows, quantized, node, &context) }
  }

  /// The bias of the product with the input and of that with the state.
  private func biases(
    of node: ONNXNode, direction: Int, _ context: inout ONNXReadContext
  ) throws -> [Value] {
    let hidden = context.shape(of: try node.input(2))[2]
    guard let all = node.optionalInput(3) else {
      let zeros = try context.zeros(context.dtype(of: try node.input(0)), [gates * hidden])
      return [zeros, zeros]
    }
    let both = try context.reshaped(
      context.entry(direction, of: all), [2, gates * hidden])
    return try (0..<2).map { try context.entry($0, of: both) }
  }

  /// Zeros where the file gives none.
  private func firstStates(
    of node: ONNXNode, direction: Int, _ context: inout ONNXReadContext
  ) throws -> [Value] {
    let x = context.type(of: try node.input(0))
    let hidden = context.shape(of: try node.input(2))[2]
    return try [5, 6].prefix(states).map { index in
      guard let start = node.optionalInput(index) else {
        return try context.zeros(x.dtype, [x.shape[1], hidden])
      }
      let recurrent = context.shape(of: try node.input(2))
      try node.require(
        context.shape(of: start), [recurrent[0], x.shape[1], hidden], "input \(index)")
      return try context.entry(direction, of: start)
    }
  }

  /// One value, or none where every example takes all steps.
  private func lengths(of node: ONNXNode, _ context: ONNXReadContext) -> [Value] {
    guard let lengths = node.optionalInput(4) else { return [] }
    let steps = node.optionalInput(0).flatMap { context.shape(of: $0).first }
    return context.isConstant(lengths) { Int($0) == steps } ? [] : [lengths]
  }

  // MARK: Writing

  func write(
    _ node: Node, reversed: Bool, _ attributes: [String: ONNXAttribute],
    _ writer: inout ONNXWriter
  ) {
    let operands = node.operands
    let hidden = writer.type(of: operands[2]).shape[1]
    let isMeasured = !writer.type(of: operands.last!).dtype.isFloatingPoint
    let isTurned = reversed && !isMeasured && writer.graph.readsForward(operands[0])
    let x = writer.name(of: operands[0])
    var inputs = [isTurned ? writer.turned(x) : x]
    for weight in operands[1...2] {
      let rows = writer.gates(weight, writing, hidden)
      let columns = writer.type(of: weight).shape[1]
      inputs.append(writer.reshaped(rows, [1, gates * hidden, columns]))
    }
    let biases = operands[3...4].map { writer.gates($0, writing, hidden) }
    let both = writer.temporary("bias")
    writer.emit("Concat", biases, [both], ["axis": .int(0)])
    inputs.append(writer.reshaped(both, [1, 2 * gates * hidden]))

    inputs.append(isMeasured ? writer.cast(operands.last!, to: .i32) : "")
    let starts = operands.dropFirst(5).dropLast(isMeasured ? 1 : 0)
    let axis = starts.isEmpty ? "" : writer.ints([0], named: "axes")
    for start in starts {
      let stacked = writer.temporary("state")
      writer.emit("Unsqueeze", [writer.name(of: start), axis], [stacked])
      inputs.append(stacked)
    }
    while inputs.last == "" { inputs.removeLast() }

    let index = GraphIndex(writer.graph)
    let outputs = node.results.map { index.isUnused($0) ? "" : writer.temporary("stacked") }
    writer.emit(
      opType, inputs, outputs,
      attributes.merging([
        "hidden_size": .int(hidden),
        "direction": .string(reversed && !isTurned ? "reverse" : "forward"),
      ]) { $1 })
    for (position, (output, result)) in zip(outputs, node.results).enumerated()
    where output != "" {
      let axes = writer.ints([position == 0 ? 1 : 0], named: "axes")
      guard isTurned, position == 0 else {
        writer.emit("Squeeze", [output, axes], [writer.name(of: result)])
        continue
      }
      let backward = writer.temporary("backward")
      writer.emit("Squeeze", [output, axes], [backward])
      writer.turn(backward, into: writer.name(of: result))
    }
  }
}

extension Graph {
  /// Whether a recurrent operation reads this sequence from its beginning. OpenVINO 2026.4 computes another one, that reads the
  /// same sequence from its end, wrongly.
  fileprivate func readsForward(_ sequence: Value) -> Bool {
    nodes.contains { node in
      node.operands.first == sequence
        && ((node.op as? LSTM)?.reversed == false || (node.op as? GRU)?.reversed == false)
    }
  }
}

extension ONNXWriter {
  /// The sequence from its end to its beginning.
  fileprivate mutating func turned(_ sequence: String) -> String {
    let result = temporary("turned")
    turn(sequence, into: result)
    return result
  }

  fileprivate mutating func turn(_ sequence: String, into result: String) {
    let bounds = [("starts", -1), ("ends", -(1 << 31)), ("axes", 0), ("steps", -1)]
    emit("Slice", [sequence] + bounds.map { ints([$1], named: $0) }, [result])
  }
}

extension ONNXReadContext {
  /// Entry `index` of the first axis, without that axis.
  fileprivate mutating func entry(_ index: Int, of value: Value) throws -> Value {
    let shape = builder.shape(of: value)
    guard let count = shape.first, index < count else {
      throw LeptonError(.badInput, "\(shape) has no part \(index)")
    }
    let slice =
      count == 1
      ? value : try builder.add(one: Slice(index..<(index + 1), axis: 0, rank: shape.rank), value)
    // 0 copies an extent, the batch of a state among them.
    return shape.rank == 3
      ? try builder.add(one: Reshape([-1, shape[2]]), slice)
      : try builder.add(one: Reshape([-1]), slice)
  }

  /// Rows `[gates·H, ...]` with their gates in another order, as a matrix.
  fileprivate mutating func gates(_ value: Value, _ order: [Int], _ hidden: Int) throws -> Value {
    let parts = try builder.add(one: Reshape([order.count, hidden, -1]), value)
    let indices = try addConstant(TensorData(order.map(Int64.init), shape: [order.count]))
    let sorted = try builder.add(one: Gather(axis: 0), parts, indices)
    return try builder.add(one: Reshape([order.count * hidden, -1]), sorted)
  }

  /// Results of each direction along a new axis.
  fileprivate mutating func stacked(_ values: [Value], axis: Int) throws -> Value {
    let parts = try values.map { value in
      var extents = builder.shape(of: value).extents
      extents.insert(1, at: axis)
      // The batch, next to last in all of them, may become another one.
      extents[extents.count - 2] = -1
      return try builder.add(one: Reshape(extents), value)
    }
    return parts.count == 1 ? parts[0] : try builder.add(Concat(axis: axis), parts)[0]
  }

  /// Whether every element is known and is as it should be.
  fileprivate func isConstant(_ value: Value, _ condition: (Double) -> Bool) -> Bool {
    constants[value].map { $0.doubles.allSatisfy(condition) } ?? false
  }
}

extension ONNXWriter {
  /// The gates of weights or a bias in another order, `[gates, H, ...]`.
  fileprivate mutating func gates(_ value: Value, _ order: [Int], _ hidden: Int) -> String {
    let parts = reshaped(name(of: value), [order.count, hidden, -1])
    let sorted = temporary("gates")
    emit("Gather", [parts, ints(order, named: "order")], [sorted], ["axis": .int(0)])
    return sorted
  }

  fileprivate mutating func reshaped(_ name: String, _ extents: [Int]) -> String {
    let result = temporary("part")
    emit("Reshape", [name, ints(extents, named: "shape")], [result])
    return result
  }

  /// ONNX takes lengths as i32 only.
  fileprivate mutating func cast(_ value: Value, to dtype: DType) -> String {
    guard type(of: value).dtype != dtype else { return name(of: value) }
    let result = temporary("lengths")
    emit("Cast", [name(of: value)], [result], ["to": .int(dtype.onnxCode)])
    return result
  }
}
