import LeptonGraph
import LeptonValues

/// An optional value that is there is the value itself.
extension Structure {
  static let optional: Reader = { reader, node, scope, _ in
    [try reader.operand(0, of: node, scope) ?? .absent]
  }

  static let optionalGetElement: Reader = { reader, node, scope, _ in
    guard let value = try reader.operand(0, of: node, scope) else {
      throw LeptonError(.badInput, "the optional value is not there")
    }
    return [value]
  }

  static let optionalHasElement: Reader = { reader, node, scope, context in
    let isThere = try reader.operand(0, of: node, scope) != nil
    return [.tensor(try context.addConstant(TensorData(scalar: isThere)))]
  }
}
