import LeptonGraph
import LeptonOps
import LeptonValues

extension Compositions {
  static let readCumProd: ONNXReader = { node, context in
    let x = try node.input(0)
    let shape = context.shape(of: x)
    guard let given = try context.ints(node, input: 1)?.first, let axis = shape.axis(given) else {
      throw node.error("the axis is missing, or none of \(shape)")
    }
    let steps = CumulativeSteps(
      op: Multiply(), identity: 1, axis: axis, exclusive: node.int("exclusive", default: 0) != 0,
      reverse: node.int("reverse", default: 0) != 0)
    return [try steps.apply(to: x, &context.builder)]
  }
}
