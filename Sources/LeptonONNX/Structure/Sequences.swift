import LeptonGraph
import LeptonOps
import LeptonValues

extension Structure {
  static let sequenceConstruct: Reader = { reader, node, scope, _ in
    [.sequence(try node.input.indices.map { .tensor(try reader.tensor($0, of: node, scope)) })]
  }

  static let sequenceAt: Reader = { reader, node, scope, context in
    let parts = try reader.sequence(0, of: node, scope)
    guard let place = try reader.number(1, of: node, scope, context) else {
      throw LeptonError(.badInput, "the position is missing")
    }
    return [parts[try index(place, below: parts.count)]]
  }

  static let sequenceInsert: Reader = { reader, node, scope, context in
    var parts = try reader.sequence(0, of: node, scope)
    let new = ONNXValue.tensor(try reader.tensor(1, of: node, scope))
    let place = try reader.number(2, of: node, scope, context)
    parts.insert(
      new, at: try place.map { try index($0, below: parts.count, orEnd: true) } ?? parts.count)
    return [.sequence(parts)]
  }

  static let sequenceErase: Reader = { reader, node, scope, context in
    var parts = try reader.sequence(0, of: node, scope)
    let place = try reader.number(1, of: node, scope, context)
    parts.remove(at: try index(place ?? -1, below: parts.count))
    return [.sequence(parts)]
  }

  static let sequenceLength: Reader = { reader, node, scope, context in
    let count = try reader.sequence(0, of: node, scope).count
    return [.tensor(try context.addConstant(TensorData(scalar: Int64(count))))]
  }

  /// A position counted from the front; at the end too where something is inserted.
  private static func index(_ place: Int, below count: Int, orEnd: Bool = false) throws -> Int {
    let resolved = place < 0 ? place + count : place
    guard (0..<(orEnd ? count + 1 : count)).contains(resolved) else {
      throw LeptonError(.badInput, "position \(place) in a sequence of \(count)")
    }
    return resolved
  }

  static let concatFromSequence: Reader = { reader, node, scope, context in
    let parts = try reader.sequence(0, of: node, scope).map { part -> Value in
      guard case .tensor(let value) = part else {
        throw LeptonError(.badInput, "the sequence holds something else than tensors")
      }
      return value
    }
    guard !parts.isEmpty else { throw LeptonError(.badInput, "the sequence is empty") }
    let axis = node.int("axis", default: 0)
    if node.int("new_axis", default: 0) != 0 {
      return [.tensor(try reader.stack(parts, axis: axis, like: ONNXValueInfoProto(), &context))]
    }
    let joined = try reader.adding(&context) { try $0.builder.add(Concat(axis: axis), parts)[0] }
    return [.tensor(joined)]
  }

  /// Parts of the given extents along an axis, of the same extent, or of one element, whose axis then may fall away.
  static let splitToSequence: Reader = { reader, node, scope, context in
    let value = try reader.tensor(0, of: node, scope)
    let shape = context.builder.shape(of: value)
    let given = node.int("axis", default: 0)
    guard let axis = shape.axis(given) else {
      throw LeptonError(.badInput, "\(shape) has no axis \(given)")
    }
    let split = try reader.known(1, of: node, scope, context)
    let lengths = try extents(split, of: shape[axis])
    let keeps = split != nil || node.int("keepdims", default: 1) != 0
    var start = 0
    let parts = try lengths.map { length -> ONNXValue in
      defer { start += length }
      return .tensor(
        try reader.adding(&context) { context in
          let slice = Slice(start..<start + length, axis: axis, rank: shape.rank)
          let part = try context.builder.add(one: slice, value)
          if keeps { return part }
          var extents = shape.extents
          extents.remove(at: axis)
          return try context.builder.add(one: Reshape(extents), part)
        })
    }
    return [.sequence(parts)]
  }

  private static func extents(_ split: TensorData?, of extent: Int) throws -> [Int] {
    let numbers = split?.ints ?? [1]
    guard numbers.count <= ExpansionBudget.mostRounds,
      numbers.allSatisfy({ $0 >= 0 && $0 <= extent }),
      split.map({ $0.dtype.isInteger }) ?? true
    else { throw LeptonError(.badInput, "parts \(numbers) of an extent of \(extent)") }
    if let split, split.shape.rank == 1 {
      guard numbers.reduce(0, +) == extent else {
        throw LeptonError(.badInput, "parts \(numbers) do not add up to the extent \(extent)")
      }
      return numbers
    }
    guard let length = numbers.first, length > 0, extent / length < ExpansionBudget.mostRounds
    else {
      throw LeptonError(.badInput, "parts of \(numbers) of an extent of \(extent)")
    }
    return stride(from: 0, to: extent, by: length).map { min(length, extent - $0) }
  }

  /// The body for each element of the first sequence, with those of other sequences at the same place, and tensors as they are.
  static let sequenceMap: Reader = { reader, node, scope, context in
    let body = try node.graph("body")
    let count = try reader.sequence(0, of: node, scope).count
    let operands = try node.input.indices.map { try reader.operand($0, of: node, scope) ?? .absent }
    var results = [[ONNXValue]](repeating: [], count: body.output.count)
    for place in 0..<count {
      let inputs = try operands.map { operand in
        guard case .sequence(let parts) = operand else { return operand }
        guard parts.count == count else {
          throw LeptonError(.badInput, "sequences of \(count) and \(parts.count) elements")
        }
        return parts[place]
      }
      let made = try reader.read(body, inputs, scope, &context)
      for (index, value) in made.enumerated() { results[index].append(value) }
    }
    return results.map { .sequence($0) }
  }
}
