import LeptonGraph
import LeptonOps
import LeptonValues

extension Structure {
  /// Scan: its body once for each slice of its last operands, which have as many of them.
  static let scan: Reader = { reader, node, scope, context in
    guard reader.opset >= 9 else {
      throw LeptonError(
        .badInput, "Scan of opset \(reader.opset) is not supported",
        fix: "export it with 9 or later")
    }
    let body = try node.graph("body")
    let count = node.int("num_scan_inputs", default: 0)
    let states = node.input.count - count
    guard count > 0, states >= 0, body.input.count == node.input.count,
      body.output.count >= states
    else { throw LeptonError(.badInput, "\(count) scanned inputs of \(node.input.count)") }
    var carried = try (0..<states).map { ONNXValue.tensor(try reader.tensor($0, of: node, scope)) }
    let scanned = try (0..<count).map { try reader.tensor(states + $0, of: node, scope) }
    let axes = try zip(scanned, node.perOperand("scan_input_axes", count)).map { value, axis in
      let shape = context.builder.shape(of: value)
      guard let axis = shape.axis(axis) else {
        throw LeptonError(.badInput, "\(shape) has no axis \(axis)")
      }
      return axis
    }
    let lengths = zip(scanned, axes).map { context.builder.shape(of: $0)[$1] }
    guard let rounds = lengths.first, Set(lengths).count == 1,
      rounds <= ExpansionBudget.mostRounds
    else {
      throw LeptonError(
        .badInput, "scanned axes of \(lengths) elements",
        fix: "make them equal, and \(ExpansionBudget.mostRounds) at most")
    }
    let backward = try node.perOperand("scan_input_directions", count)
    let results = body.output.count - states
    var made = [[Value]](repeating: [], count: results)
    for round in 0..<rounds {
      var slices: [ONNXValue] = []
      for (index, value) in scanned.enumerated() {
        let place = Int64(backward[index] == 1 ? rounds - 1 - round : round)
        let axis = axes[index]
        let slice = try reader.adding(&context) { context in
          try context.builder.add(
            one: Gather(axis: axis), value, context.builder.constant(TensorData(scalar: place)))
        }
        slices.append(.tensor(slice))
      }
      let outputs = try reader.read(body, carried + slices, scope, &context)
      carried = Array(outputs[..<states])
      for (index, output) in outputs[states...].enumerated() {
        guard case .tensor(let value) = output else {
          throw LeptonError(.badInput, "the body makes a sequence where a tensor is collected")
        }
        made[index].append(value)
      }
    }
    let outputAxes = try node.perOperand("scan_output_axes", results)
    let directions = try node.perOperand("scan_output_directions", results)
    return carried
      + (try made.enumerated().map { index, values in
        let ordered = directions[index] == 1 ? values.reversed() : values
        return .tensor(
          try reader.stack(
            ordered, axis: outputAxes[index], like: body.output[states + index], &context))
      })
  }
}

extension ONNXNodeProto {
  /// A number for each of `count` operands, 0 where the node does not say.
  fileprivate func perOperand(_ name: String, _ count: Int) throws -> [Int] {
    let numbers = ints(name) ?? [Int](repeating: 0, count: count)
    guard numbers.count == count else {
      throw LeptonError(.badInput, "\(name) has \(numbers.count) numbers for \(count)")
    }
    return numbers
  }
}
