import LeptonGraph
import LeptonOps
import LeptonValues

extension Compositions {
  /// The first steps of each example in reverse, as many as its length says; the rest as it is.
  static let readReverseSequence: ONNXReader = { node, context in
    let (x, lengths) = (try node.input(0), try node.input(1))
    let shape = context.builder.shape(of: x)
    let (batch, time) = (node.int("batch_axis", default: 1), node.int("time_axis", default: 0))
    guard shape.rank >= 2, [batch, time].sorted() == [0, 1],
      context.builder.shape(of: lengths) == [shape[batch]]
    else {
      throw node.error(
        "axes \(batch) and \(time) of \(shape), lengths \(context.builder.shape(of: lengths))",
        fix: "one of the first two axes is the batch, the other the time")
    }
    let steps = try context.addConstant(
      TensorData((0..<shape[time]).map(Int64.init), shape: [shape[time]]))
    let column = try context.builder.add(one: Reshape([-1, 1]), lengths)
    let isInside = try context.builder.add(one: Less(), steps, column)
    let last = try context.builder.add(
      one: Subtract(), column, context.builder.scalar(1, like: column))
    let mirrored = try context.builder.add(one: Subtract(), last, steps)
    let places = try context.builder.add(one: Select(), isInside, mirrored, steps)
    let tuples = try context.builder.add(one: Reshape([0, 0, 1]), places)
    let order = Transpose([batch, time] + Array(2..<shape.rank))
    let examples = try context.builder.add(one: order, x)
    let y = try context.builder.add(one: GatherND(batchDims: 1), examples, tuples)
    return try context.builder.add(order.inverse, [y])
  }
}
