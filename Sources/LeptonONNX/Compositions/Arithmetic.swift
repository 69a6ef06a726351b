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
}
