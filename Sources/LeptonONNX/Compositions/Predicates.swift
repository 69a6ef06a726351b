import LeptonGraph
import LeptonOps
import LeptonValues

extension Compositions {
  /// Whether an element is no number: then it does not equal itself.
  static let readIsNaN: ONNXReader = { node, context in
    let x = try context.computable(node.input(0))
    return try context.builder.add(NotEqual(), [x, x])
  }

  /// Whether an element is infinite, of one sign or either.
  static let readIsInf: ONNXReader = { node, context in
    let x = try context.computable(node.input(0))
    let positive = node.int("detect_positive", default: 1) != 0
    let negative = node.int("detect_negative", default: 1) != 0
    let infinite = try context.number(positive || !negative ? .infinity : -.infinity, like: x)
    if positive == negative {
      let size = try context.add(Abs(), x)
      let isInfinite = try context.add(Equal(), size, infinite)
      guard !positive else { return [isInfinite] }
      // Asked for neither: nothing is.
      return [try context.add(And(), isInfinite, context.add(Not(), isInfinite))]
    }
    return [try context.add(Equal(), x, infinite)]
  }
}

extension ONNXReadContext {
  /// The value in a type that is computed in.
  fileprivate mutating func computable(_ value: Value) throws -> Value {
    dtype(of: value).isStorageOnly ? try cast(value, to: .f32) : value
  }
}
