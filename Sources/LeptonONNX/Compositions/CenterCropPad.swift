import LeptonGraph
import LeptonOps
import LeptonValues

extension Compositions {
  /// The middle of each axis where it is too long, zeros around it where it is too short.
  static let readCenterCropPad: ONNXReader = { node, context in
    let x = try node.input(0)
    let shape = context.builder.shape(of: x)
    guard let extents = try context.ints(node, input: 1), extents.allSatisfy({ $0 >= 0 }) else {
      throw node.error("the shape is missing, or has negative extents")
    }
    let axes = try (node.ints("axes") ?? Array(shape.indices)).map { given in
      guard let axis = shape.axis(given) else { throw node.error("\(shape) has no axis \(given)") }
      return axis
    }
    guard extents.count == axes.count, Set(axes).count == axes.count else {
      throw node.error("\(extents.count) extents for axes \(axes)")
    }
    // What is taken away is negative padding; where its amount is odd, one more goes behind.
    var pad = Pad(low: shape.map { _ in 0 }, high: shape.map { _ in 0 })
    for (axis, extent) in zip(axes, extents) {
      let difference = extent - shape[axis]
      pad.low[axis] = difference / 2
      pad.high[axis] = difference - pad.low[axis]
    }
    return (pad.low + pad.high).allSatisfy { $0 == 0 } ? [x] : try context.builder.add(pad, [x])
  }
}
