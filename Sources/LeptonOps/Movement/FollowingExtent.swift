import LeptonGraph
import LeptonValues

/// An extent that follows from operands: a number, or the extent of an operand's axis in so many parts, so many times.
public enum FollowingExtent: Sendable, Hashable {
  case number(Int)
  case of(operand: Int, axis: Int, times: Int = 1, over: Int = 1)

  /// The number that it is for operands of these types.
  func value(for operands: [TensorType]) throws -> Int {
    switch self {
    case .number(let number): return number
    case .of(let operand, let axis, let times, let over):
      guard operands.indices.contains(operand), operands[operand].shape.indices.contains(axis),
        times > 0, over > 0
      else {
        throw LeptonError(
          .badInput, "extent \(axis) of operand \(operand), times \(times), over \(over)",
          fix: "name an axis of one of the \(operands.count) operands, and positive numbers")
      }
      let (product, overflow) = operands[operand].shape[axis].multipliedReportingOverflow(by: times)
      guard !overflow else { throw LeptonError(.badInput, "an extent \(times) times too large") }
      return product / over
    }
  }
}

extension [FollowingExtent] {
  /// Complains of operands that no extent is of, but for the first, and of missing ones.
  func requireCount(of operands: [TensorType], for op: some Op) throws {
    let last = map { extent in if case .of(let operand, _, _, _) = extent { operand } else { 0 } }
    try op.expect((last.max() ?? 0) + 1, operands)
  }
}

extension FollowingExtent: Codable {
  /// A number, or the list of operand, axis, times and over.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Int.self) {
      self = .number(number)
      return
    }
    let parts = try container.decode([Int].self)
    guard parts.count == 4 else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "an extent is a number or [operand, axis, times, over]")
    }
    self = .of(operand: parts[0], axis: parts[1], times: parts[2], over: parts[3])
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let number): try container.encode(number)
    case .of(let operand, let axis, let times, let over):
      try container.encode([operand, axis, times, over])
    }
  }
}

extension ONNXWriter {
  /// The extents as a tensor i64 of one axis, worked out from the shapes of operands.
  mutating func extents(_ extents: [FollowingExtent], of node: Node) -> String {
    var shapes: [Int: String] = [:]
    var parts: [String] = []
    for extent in extents {
      switch extent {
      case .number(let number): parts.append(ints([number], named: "extent"))
      case .of(let operand, let axis, let times, let over):
        if shapes[operand] == nil {
          let shape = temporary("shape")
          emit("Shape", [name(of: node.operands[operand])], [shape])
          shapes[operand] = shape
        }
        var part = temporary("extent")
        emit("Gather", [shapes[operand]!, ints([axis], named: "axis")], [part], ["axis": .int(0)])
        for (op, number) in [("Mul", times), ("Div", over)] where number != 1 {
          let scaled = temporary("extent")
          emit(op, [part, ints([number], named: "factor")], [scaled])
          part = scaled
        }
        parts.append(part)
      }
    }
    guard parts.count != 1 else { return parts[0] }
    let all = temporary("extents")
    emit("Concat", parts, [all], ["axis": .int(0)])
    return all
  }
}
