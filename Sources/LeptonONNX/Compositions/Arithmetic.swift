import LeptonGraph
import LeptonOps
import LeptonValues

extension Compositions {
  /// `x / (1 + |x|)`
  static let readSoftsign: ONNXReader = { node, context in
    let x = try node.input(0)
    let size = try context.builder.add(one: Abs(), x)
    let one = try context.builder.scalar(1, like: x)
    let divisor = try context.builder.add(one: Add(), size, one)
    return try context.builder.add(Divide(), [x, divisor])
  }

  /// The mean of any number of operands, which broadcast.
  static let readMean: ONNXReader = { node, context in
    var sum = try node.input(0)
    for index in node.inputs.indices.dropFirst() {
      sum = try context.builder.add(one: Add(), sum, node.input(index))
    }
    let count = try context.builder.scalar(Double(node.inputs.count), like: sum)
    return try context.builder.add(Divide(), [sum, count])
  }

  /// Every channel of every example `[N, C, ...]` to mean 0 and variance 1, then scaled and moved.
  static let readInstanceNormalization: ONNXReader = { node, context in
    let x = try node.input(0)
    let rank = context.builder.shape(of: x).rank
    guard rank > 2 else { throw node.error("\(context.builder.type(of: x)) has no positions") }
    let axes = Array(2..<rank)
    let perChannel = [-1] + axes.map { _ in 1 }
    let mean = try context.builder.add(one: Reduce(.mean, axes: axes, keepDims: true), x)
    let centred = try context.builder.add(one: Subtract(), x, mean)
    let squares = try context.builder.add(one: Multiply(), centred, centred)
    let variance = try context.builder.add(
      one: Reduce(.mean, axes: axes, keepDims: true), squares)
    let epsilon = try context.builder.scalar(node.float("epsilon", default: 1e-5), like: x)
    let deviation = try context.builder.add(
      one: Rsqrt(), context.builder.add(one: Add(), variance, epsilon))
    let normal = try context.builder.add(one: Multiply(), centred, deviation)
    let scale = try context.builder.add(one: Reshape(perChannel), node.input(1))
    let bias = try context.builder.add(one: Reshape(perChannel), node.input(2))
    let scaled = try context.builder.add(one: Multiply(), normal, scale)
    return try context.builder.add(Add(), [scaled, bias])
  }
}
