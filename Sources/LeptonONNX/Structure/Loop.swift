import LeptonGraph
import LeptonOps
import LeptonValues

extension Structure {
  /// Loop: its body once for each round. How many rounds there are must be known.
  static let loop: Reader = { reader, node, scope, context in
    let body = try node.graph("body")
    let limit = try reader.number(0, of: node, scope, context)
    var condition = try reader.known(1, of: node, scope, context)?.isTrue ?? true
    let states = body.input.count - 2
    guard states >= 0, node.input.count == states + 2, body.output.count >= states + 1 else {
      throw LeptonError(
        .badInput, "a body of \(body.input.count) inputs for \(node.input.count) operands")
    }
    guard limit != nil || body.output.first?.name != body.input[1].name else {
      throw LeptonError(.badInput, "the loop has no end")
    }
    var carried = try (0..<states).map { index in
      try reader.operand(index + 2, of: node, scope) ?? .absent
    }
    var scanned = [[Value]](repeating: [], count: body.output.count - 1 - states)
    var round = 0
    while condition, round < limit ?? .max {
      guard round < ExpansionBudget.mostRounds else {
        throw LeptonError(
          .badInput, "the loop goes more than \(ExpansionBudget.mostRounds) rounds",
          fix: "export it with fewer")
      }
      let number = try context.addConstant(TensorData(scalar: Int64(round)))
      let holds = try context.addConstant(TensorData(scalar: true))
      let results = try reader.read(
        body, [.tensor(number), .tensor(holds)] + carried, scope, &context)
      guard case .tensor(let next) = results[0] else {
        throw LeptonError(.badInput, "the condition of the body is no tensor")
      }
      condition = try reader.known(next, node, context).isTrue
      carried = Array(results[1..<states + 1])
      for (index, result) in results[(states + 1)...].enumerated() {
        guard case .tensor(let value) = result else {
          throw LeptonError(.badInput, "the body makes a sequence where a tensor is collected")
        }
        scanned[index].append(value)
      }
      round += 1
    }
    let stacks = try zip(scanned, body.output[(states + 1)...]).map { values, port in
      ONNXValue.tensor(try reader.stack(values, axis: 0, like: port, &context))
    }
    return carried + stacks
  }
}

extension GraphReader {
  /// Tensors of one type one behind the other along a new axis; of no tensors, what the port declares.
  func stack(
    _ values: [Value], axis: Int, like port: ONNXValueInfoProto, _ context: inout ONNXReadContext
  ) throws -> Value {
    guard let first = values.first else {
      let tensor = port.type.tensorType
      let shape = tensor.shape.dim.map { max($0.dimValue, 0) }
      let dtype = try DType(elementCode: tensor.elemType)
      let type = TensorType(dtype, try Shape(checking: [0] + shape, of: dtype))
      return try context.addConstant(TensorData(zeros: type))
    }
    return try adding(&context) { context in
      var extents = context.builder.shape(of: first).extents
      guard let place = Shape(extents + [1]).axis(axis) else {
        throw LeptonError(.badInput, "\(Shape(extents)) cannot be stacked along axis \(axis)")
      }
      extents.insert(1, at: place)
      let rows = try values.map { try context.builder.add(one: Reshape(extents), $0) }
      return try context.builder.add(Concat(axis: place), rows)[0]
    }
  }
}

extension TensorData {
  /// Whether its one element is true.
  fileprivate var isTrue: Bool { dtype == .bool && array(of: Bool.self).first == true }
}
