import LeptonGraph
import LeptonOps
import LeptonValues

extension Compositions {
  /// Writes an update into a cache along one axis, for each example from another place on.
  ///
  /// Cache and update stand end to end; which entry each place of the result is, is arithmetic on indices.
  static let readTensorScatter: ONNXReader = { node, context in
    try node.allow(["axis", "mode"])
    let isCircular =
      try node.choice("mode", of: ["linear", "circular"], default: "linear") == "circular"
    let (cache, update) = (try node.input(0), try node.input(1))
    let (shape, new) = (context.shape(of: cache), context.shape(of: update))
    let axis = try node.axis("axis", default: -2, in: shape)
    var expected = shape
    expected[axis] = new.rank == shape.rank ? new[axis] : 0
    guard axis > 0, new == expected, new[axis] <= shape[axis],
      context.dtype(of: cache) == context.dtype(of: update)
    else {
      throw node.error(
        "an update \(new) does not fit a cache \(shape) along axis \(axis)",
        fix: "only that axis, which is not the first, may be shorter")
    }
    let (extent, length, batch) = (shape[axis], new[axis], shape[0])
    guard let starts = node.optionalInput(2) else {
      let rest = try context.part(cache, length..<extent, axis: axis)
      return [length == extent ? update : try context.joined([update, rest], axis: axis)]
    }
    try node.require(context.shape(of: starts), [batch], "write_indices")
    if !isCircular, let known = context.constants[starts]?.ints,
      let start = known.first(where: { $0 < 0 || $0 + length > extent })
    {
      throw node.error("\(length) entries from \(start) on do not fit \(extent) places")
    }

    // The axis becomes the second one, and examples lie one behind the other.
    let order = [0, axis] + shape.indices.dropFirst().filter { $0 != axis }
    let both = try context.transposed(context.joined([cache, update], axis: axis), order)
    let inner = order.dropFirst(2).map { shape[$0] }
    let rows = try context.reshaped(both, [-1] + inner)

    let dtype = context.dtype(of: starts)
    let places = try context.table((0..<extent).map(Double.init), [1, extent], dtype)
    var offset = try context.minus(places, context.reshaped(starts, [-1, 1]))
    if isCircular {
      // The remainder has the sign of the dividend.
      let count = try context.number(Double(extent), like: offset)
      let rest = try context.add(Remainder(), offset, count)
      offset = try context.add(Remainder(), context.plus(rest, count), count)
    }
    let isAfter = try context.add(GreaterOrEqual(), offset, context.number(0, like: offset))
    let isBefore = try context.add(Less(), offset, context.number(Double(length), like: offset))
    let isWritten = try context.add(And(), isAfter, isBefore)
    let written = try context.plus(offset, Double(extent))
    let entry = try context.add(Select(), isWritten, written, places)
    let firsts = try context.table(
      (0..<batch).map { Double($0 * (extent + length)) }, [batch, 1], dtype)
    let chosen = try context.add(Gather(axis: 0), rows, context.plus(entry, firsts))
    return [try context.add(Transpose(order).inverse, chosen)]
  }
}
