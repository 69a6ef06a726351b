import LeptonGraph
import LeptonValues

extension ONNXReadContext {
  /// A Resize of any axes, one after the other: selections of the nearest, products with matrices of
  /// weights.
  mutating func resized(_ x: Value, _ rule: ONNXResize, _ node: ONNXNode) throws -> Value {
    let dtype = builder.dtype(of: x)
    var y = x
    var inside: [[Bool]?] = []
    for axis in rule.shape.indices {
      guard let map = rule.axis(axis) else {
        inside.append(nil)
        continue
      }
      inside.append(map.isInside.allSatisfy { $0 } ? nil : map.isInside)
      if case .nearest = rule.interpolation.kernel {
        y = try builder.add(one: Gather(axis: axis), y, addConstant(map.indices))
      } else {
        guard dtype.isFloatingPoint else {
          throw node.error(
            "\(dtype) elements are not interpolated", fix: "cast them to f32, or take the nearest")
        }
        y = try builder.mapped(y, axis: axis, by: map.matrix(dtype))
      }
    }
    guard case .cropping(_, let outside) = rule.placement, inside.contains(where: { $0 != nil })
    else { return y }
    for (axis, flags) in inside.enumerated() {
      guard let flags else { continue }
      var extents = rule.shape.map { _ in 1 }
      extents[axis] = flags.count
      let mask = try addConstant(TensorData(flags, shape: Shape(extents)))
      y = try builder.add(one: Select(), mask, y, builder.scalar(outside, like: y))
    }
    return y
  }
}
