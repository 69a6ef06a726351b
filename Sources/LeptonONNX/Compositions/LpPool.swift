import LeptonGraph
import LeptonOps
import LeptonValues

extension Compositions {
  /// `(Σ |x|^p)^(1/p)` over every window: a mean of powers, times the number of its elements.
  static let readLpPool: ONNXReader = { node, context in
    let window = try context.poolWindow(node)
    let powers = try powers(of: node.input(0), node, &context)
    let mean = try context.mean(powers, window, over: .window)
    let count = try context.builder.scalar(Double(window.kernel.reduce(1, *)), like: mean)
    let sum = try context.builder.add(one: Multiply(), mean, count)
    return [try root(of: sum, node, &context)]
  }

  /// The same over all positions.
  static let readGlobalLpPool: ONNXReader = { node, context in
    let powers = try powers(of: node.input(0), node, &context)
    let axes = Array(context.builder.shape(of: powers).indices.dropFirst(2))
    let sum = try context.builder.add(one: Reduce(.sum, axes: axes, keepDims: true), powers)
    return [try root(of: sum, node, &context)]
  }

  private static func exponent(_ node: ONNXNode) throws -> Int {
    let exponent = node.int("p", default: 2)
    guard 1...1024 ~= exponent else { throw node.error("p is \(exponent)", fix: "give 1 or more") }
    return exponent
  }

  private static func powers(
    of x: Value, _ node: ONNXNode, _ context: inout ONNXReadContext
  ) throws -> Value {
    let exponent = try exponent(node)
    if exponent == 2 { return try context.builder.add(one: Multiply(), x, x) }
    let size = try context.builder.add(one: Abs(), x)
    if exponent == 1 { return size }
    return try context.builder.add(
      one: Power(), size, context.builder.scalar(Double(exponent), like: x))
  }

  private static func root(
    of x: Value, _ node: ONNXNode, _ context: inout ONNXReadContext
  ) throws -> Value {
    let exponent = try exponent(node)
    if exponent == 2 { return try context.builder.add(one: Sqrt(), x) }
    if exponent == 1 { return x }
    return try context.builder.add(
      one: Power(), x, context.builder.scalar(1 / Double(exponent), like: x))
  }
}
