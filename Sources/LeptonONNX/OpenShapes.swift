import LeptonGraph
import LeptonOps
import LeptonValues

/// Shapes by which values of two graphs or more differ, and where others of that kind come from: what a file computes of the
/// size of a tensor is a number once the size is known.
struct OpenShapes {
  /// A value of the graph that is built, with its shapes in all.
  fileprivate struct Source {
    let value: Value
    let shapes: [Shape]
  }

  typealias Axis = (value: Value, axis: Int, times: Int, over: Int)

  private var sources: [Source] = []
  private var known: Set<Value> = []

  mutating func insert(_ value: Value, _ shapes: [Shape]) {
    guard Set(shapes.map(\.rank)).count == 1, Set(shapes).count > 1,
      known.insert(value).inserted
    else { return }
    sources.append(Source(value: value, shapes: shapes))
  }

  /// The axis whose extents these are, of the latest value that has one; that at the same place if it is one.
  func axis(of extents: [Int], near place: Int = 0) -> Axis? {
    sources.reversed().lazy.compactMap { $0.axis(of: extents, near: place) }.first
  }

  /// The extents of a shape as they follow from axes: those of `operand`, also with factors, or else of any other value. nil
  /// where one follows from none.
  ///
  /// - Returns: the extents, and the operands of which they are, `operand` first.
  func extents(
    _ shapes: [[Int]], of operand: Value
  ) -> (extents: [FollowingExtent], operands: [Value])? {
    guard let first = shapes.first, Set(shapes.map(\.count)).count == 1 else { return nil }
    let own = sources.filter { $0.value == operand }
    var operands = [operand]
    var result: [FollowingExtent] = []
    for place in first.indices {
      let extents = shapes.map { $0[place] }
      guard Set(extents).count > 1 else {
        result.append(.number(extents[0]))
        continue
      }
      let found =
        own.lazy.compactMap { $0.axis(of: extents, near: place) }.first
        ?? own.lazy.compactMap { $0.factor(of: extents) }.first
        ?? axis(of: extents, near: place)
      guard let found else { return nil }
      let index = operands.firstIndex(of: found.value) ?? operands.count
      if index == operands.count { operands.append(found.value) }
      result.append(.of(operand: index, axis: found.axis, times: found.times, over: found.over))
    }
    return (result, operands)
  }
}

extension OpenShapes.Source {
  fileprivate func extents(along axis: Int) -> [Int] { shapes.map { $0[axis] } }

  fileprivate func axis(of wanted: [Int], near place: Int) -> OpenShapes.Axis? {
    let axes = shapes[0].indices.filter { extents(along: $0) == wanted }
    return (axes.contains(place) ? place : axes.first).map { (value, $0, 1, 1) }
  }

  /// An axis of which these extents are a multiple, or a part.
  fileprivate func factor(of wanted: [Int]) -> OpenShapes.Axis? {
    for axis in shapes[0].indices {
      let own = extents(along: axis)
      guard Set(own).count > 1, (own + wanted).min()! > 0 else { continue }
      let (times, over) = (wanted[0] / own[0], own[0] / wanted[0])
      if times > 1, own.map({ $0 * times }) == wanted { return (value, axis, times, 1) }
      if over > 1, own == wanted.map({ $0 * over }) { return (value, axis, 1, over) }
    }
    return nil
  }
}
