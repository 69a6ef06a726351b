import LeptonGraph
import LeptonOps
import LeptonValues

/// A reshape that stands for those of two graphs that differ in open extents.
enum OpenReshape {
  /// To extents of which some are relative (-1 inferred, 0 copied).
  case relative([Int])
  /// Without or with axes of extent 1, where several open extents change their places.
  case without([Int])
  case with([Int])

  typealias Shapes = (from: Shape, to: Shape)

  /// nil: they differ in more.
  init?(_ ours: Shapes, _ theirs: Shapes) {
    if let extents = Self.relative(ours.to, theirs.to, from: ours.from, and: theirs.from) {
      self = .relative(extents)
    } else if let axes = Self.units(of: ours.from, beside: ours.to),
      axes == Self.units(of: theirs.from, beside: theirs.to)
    {
      self = .without(axes)
    } else if let axes = Self.units(of: ours.to, beside: ours.from),
      axes == Self.units(of: theirs.to, beside: theirs.from)
    {
      self = .with(axes)
    } else {
      return nil
    }
  }

  func apply(to value: Value, _ builder: inout GraphBuilder) throws -> Value {
    switch self {
    case .relative(let extents): try builder.add(one: Reshape(extents), value)
    case .without(let axes): try without(axes, value, &builder)
    case .with(let axes): try with(axes, value, &builder)
    }
  }

  /// The extents, relative (-1 inferred, 0 copied) where they differ, that answer `ours` for operands of shape `a` and
  /// `theirs` for `b`.
  private static func relative(_ ours: Shape, _ theirs: Shape, from a: Shape, and b: Shape)
    -> [Int]?
  {
    guard ours.rank == theirs.rank, !ours.contains(0) else { return nil }
    var result = ours.extents
    for axis in ours.indices where ours[axis] != theirs[axis] {
      if axis < a.rank, axis < b.rank, a[axis] == ours[axis], b[axis] == theirs[axis] {
        result[axis] = 0
      } else if !result.contains(-1) {
        result[axis] = -1
      } else {
        return nil
      }
    }
    return result
  }

  /// The axes of extent 1 without which the first shape is the second; nil where it is not.
  private static func units(of shape: Shape, beside other: Shape) -> [Int]? {
    var axes: [Int] = []
    for axis in shape.indices {
      let place = axis - axes.count
      if place < other.rank, shape[axis] == other[place] { continue }
      guard shape[axis] == 1 else { return nil }
      axes.append(axis)
    }
    return shape.rank - axes.count == other.rank ? axes : nil
  }

  /// Drops axes of extent 1, when the others stand where a reshape can copy them.
  private func without(
    _ axes: [Int], _ value: Value, _ builder: inout GraphBuilder
  ) throws -> Value {
    let kept = builder.shape(of: value).indices.filter { !axes.contains($0) }
    let moved = try builder.add(one: Transpose(kept + axes), value)
    return try builder.add(one: Reshape([Int](repeating: 0, count: kept.count)), moved)
  }

  /// Adds axes of extent 1 at these places, likewise.
  private func with(
    _ axes: [Int], _ value: Value, _ builder: inout GraphBuilder
  ) throws -> Value {
    let rank = builder.shape(of: value).rank
    let copied = [Int](repeating: 0, count: rank) + [Int](repeating: 1, count: axes.count)
    let appended = try builder.add(one: Reshape(copied), value)
    var permutation = Array(0..<rank)
    for (index, axis) in axes.enumerated() { permutation.insert(rank + index, at: axis) }
    return try builder.add(one: Transpose(permutation), appended)
  }
}
