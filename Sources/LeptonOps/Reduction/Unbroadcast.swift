public import LeptonGraph
public import LeptonValues

extension GraphBuilder {
  /// Sums `value` over the axes along which a tensor of `shape` was broadcast to it: the pullback of broadcasting.
  public mutating func summed(_ value: Value, to shape: Shape) throws -> Value {
    let from = self.shape(of: value)
    guard from != shape else { return value }
    let missing = from.rank - shape.rank
    let axes = from.indices.filter { axis in
      axis < missing || (shape[axis - missing] == 1 && from[axis] != 1)
    }
    let sum = try add(one: Reduce(.sum, axes: axes, keepDims: true), value)
    return self.shape(of: sum) == shape
      ? sum : try add(one: Reshape(shape.extents), sum)
  }
}
