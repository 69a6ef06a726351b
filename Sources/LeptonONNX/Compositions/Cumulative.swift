import LeptonGraph
import LeptonOps
import LeptonValues

extension Compositions {
  static let readCumSum = cumulative(Add(), identity: 0)
  static let readCumProd = cumulative(Multiply(), identity: 1)

  /// Every element joined with all before it along an axis: with the one before it, then what that
  /// made with what the one two before made, then four, until the axis is covered.
  private static func cumulative(_ op: some BinaryOp, identity: Double) -> ONNXReader {
    { node, context in
      var y = try node.input(0)
      let shape = context.builder.shape(of: y)
      guard let given = try context.ints(node, input: 1)?.first, let axis = shape.axis(given) else {
        throw node.error("the axis is missing, or none of \(shape)")
      }
      func moved(_ x: Value, by distance: Int) throws -> Value {
        var pad = Pad(low: shape.map { _ in 0 }, high: shape.map { _ in 0 }, value: identity)
        let backward = node.int("reverse", default: 0) != 0
        pad.low[axis] = backward ? -distance : distance
        pad.high[axis] = -pad.low[axis]
        return try context.builder.add(one: pad, x)
      }
      if node.int("exclusive", default: 0) != 0, shape[axis] > 0 { y = try moved(y, by: 1) }
      var distance = 1
      while distance < shape[axis] {
        y = try context.builder.add(one: op, y, moved(y, by: distance))
        distance *= 2
      }
      return [y]
    }
  }
}
