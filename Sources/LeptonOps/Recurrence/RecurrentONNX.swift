import LeptonGraph
import LeptonValues

/// LSTM and GRU as ONNX writes them: both directions in one node, and the gates in another order.
struct RecurrentONNX: Sendable {
  let opType: String
  /// The place in ONNX's order of each gate of ours, and the other way round.
  let reading: [Int]
  let writing: [Int]
  /// Values that a state has.
  let states: Int
  /// What ONNX names for each direction where it names the usual.
  let activations: [String]

  /// ONNX: input, output, forget, cell.
  static let lstm = RecurrentONNX(
    opType: "LSTM", reading: [0, 2, 3, 1], writing: [0, 3, 1, 2], states: 2,
    activations: ["sigmoid", "tanh", "tanh"])
  /// ONNX: update, reset, hidden.
  static let gru = RecurrentONNX(
    opType: "GRU", reading: [1, 0, 2], writing: [1, 0, 2], states: 1,
    activations: ["sigmoid", "tanh"])

  private var gates: Int { reading.count }

  // MARK: Reading

  func readers(
    _ op: @escaping @Sendable (_ node: ONNXNode, _ reversed: Bool) -> any Op
  ) -> [String: ONNXReader] {
    [
      opType: { node, context in
        let directions = try directions(of: node, context)
        var results: [[Value]] = []
        for (index, isReversed) in directions.enumerated() {
          let operands = try operands(of: node, direction: index, &context)
          results.append(try context.builder.add(op(node, isReversed), operands))
        }
        // Directions are the second axis of the hidden values, the first of the states.
        return try (0...states).map { result in
          try context.stacked(results.map { $0[result] }, axis: result == 0 ? 1 : 0)
        }
      }
    ]
  }

  /// Whether each direction is reversed. Throws for the variants that PyTorch does not export.
  private func directions(of node: ONNXNode, _ context: ONNXReadContext) throws -> [Bool] {
    for name in ["clip", "input_forget", "layout"] where node.attributes[name] != nil {
      guard node.int(name, default: 0) == 0, node.float(name, default: 0) == 0 else {
        throw node.error("\(name) is not supported")
      }
    }
    let named = node.string("activations", default: "").split(separator: ",")
    guard
      named.enumerated().allSatisfy({
        $0.element.lowercased() == activations[$0.offset % activations.count]
      })
    else { throw node.error("activations \(named) are not supported") }
    guard node.optionalInput(7) == nil else { throw node.error("peepholes are not supported") }
    let all: [String: [Bool]] = [
      "forward": [false], "reverse": [true], "bidirectional": [false, true],
    ]
    let recurrent = context.builder.shape(of: try node.input(2))
    guard let directions = all[node.string("direction", default: "forward")],
      recurrent.rank == 3, recurrent[0] == directions.count
    else { throw node.error("its direction does not fit recurrent weights \(recurrent)") }
    guard states == 1 || (node.optionalInput(5) == nil) == (node.optionalInput(6) == nil) else {
      throw node.error("one half of the first state is missing")
    }
    return directions
  }

  private func operands(
    of node: ONNXNode, direction: Int, _ context: inout ONNXReadContext
  ) throws -> [Value] {
    let x = try node.input(0)
    let (steps, type) = (context.builder.shape(of: x).first, context.builder.type(of: x))
    let hidden = context.builder.shape(of: try node.input(2))[2]
    var operands = [x]
    for index in 1...2 {
      let weight = try context.entry(direction, of: node.input(index))
      operands.append(try context.gates(weight, reading, hidden))
    }
    let row = TensorType(type.dtype, [gates * hidden])
    if let both = try node.optionalInput(3).map({ try context.entry(direction, of: $0) }) {
      let biases = try context.builder.add(one: Reshape([2, row.shape[0]]), both)
      for index in 0..<2 {
        let bias = try context.gates(context.entry(index, of: biases), reading, hidden)
        operands.append(try context.builder.add(one: Reshape([-1]), bias))
      }
    } else {
      let zeros = try context.addConstant(TensorData(zeros: row))
      operands += [zeros, zeros]
    }
    let starts = [5, 6].prefix(states).compactMap(node.optionalInput)
    if !starts.allSatisfy({ context.isConstant($0) { $0 == 0 } }) {
      operands += try starts.map { try context.entry(direction, of: $0) }
    }
    if let lengths = node.optionalInput(4),
      !context.isConstant(lengths, { Int($0) == steps })
    {
      operands.append(lengths)
    }
    return operands
  }

  // MARK: Writing

  func write(
    _ node: Node, reversed: Bool, _ attributes: [String: ONNXAttribute],
    _ writer: inout ONNXWriter
  ) {
    let operands = node.operands
    let hidden = writer.type(of: operands[2]).shape[1]
    var inputs = [writer.name(of: operands[0])]
    for weight in operands[1...2] {
      let rows = writer.gates(weight, writing, hidden)
      let columns = writer.type(of: weight).shape[1]
      inputs.append(writer.reshaped(rows, [1, gates * hidden, columns]))
    }
    let biases = operands[3...4].map { writer.gates($0, writing, hidden) }
    let both = writer.temporary("bias")
    writer.emit("Concat", biases, [both], ["axis": .int(0)])
    inputs.append(writer.reshaped(both, [1, 2 * gates * hidden]))

    let isMeasured = !writer.type(of: operands.last!).dtype.isFloatingPoint
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
        "hidden_size": .int(hidden), "direction": .string(reversed ? "reverse" : "forward"),
      ]) { $1 })
    for (position, (output, result)) in zip(outputs, node.results).enumerated()
    where output != "" {
      let axes = writer.ints([position == 0 ? 1 : 0], named: "axes")
      writer.emit("Squeeze", [output, axes], [writer.name(of: result)])
    }
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
