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

  /// 1 at the first largest element along an axis, 0 elsewhere.
  static let readHardmax: ONNXReader = { node, context in
    let y = try context.alongAxis(node) { x, axis, context in
      let shape = context.shape(of: x)
      let places = try context.table(
        (0..<shape[axis]).map(Double.init),
        Shape([shape[axis]] + shape.dropFirst(axis + 1).map { _ in 1 }), .i64)
      let best = try context.add(ArgMax(axis: axis, keepDims: true), x)
      return try context.cast(context.add(Equal(), best, places), to: context.dtype(of: x))
    }
    return [y]
  }
}
