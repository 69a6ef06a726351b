import LeptonGraph
import LeptonOps
import LeptonValues

/// What a constant says of the places along its open axes: exporters number a sequence, cut tables to its length, and mask what
/// comes later, all of which is a constant once the length is known.
enum Places {
  /// `first`, `first + step`, and so on along the axis.
  case progression(first: Double, step: Double)
  /// One number before the diagonal of two axes, one on it and one behind it.
  case triangle(before: Double, on: Double, behind: Double)

  /// Along one open axis, all others having extent 1. nil: neither is a progression, or they are different ones.
  init?(along axis: Int, of data: [TensorData]) {
    let all = data.map(\.doubles)
    guard data.allSatisfy({ $0.dtype == .i64 || $0.dtype == .i32 || $0.dtype == .f32 }),
      let one = all.first, one.count > 1
    else { return nil }
    let (first, step) = (one[0], one[1] - one[0])
    let isProgression = zip(all, data).allSatisfy { numbers, data in
      numbers.count == data.shape[axis]
        && numbers.indices.allSatisfy { numbers[$0] == first + Double($0) * step }
    }
    guard isProgression else { return nil }
    self = .progression(first: first, step: step)
  }

  /// Along two open axes of equal extents, all others having extent 1.
  init?(triangle rows: Int, _ columns: Int, of data: [TensorData]) {
    guard rows < columns, let extent = data.first?.shape[rows], extent > 1,
      let numbers = data.first?.doubles, numbers.count == extent * extent
    else { return nil }
    let (before, on, behind) = (numbers[extent], numbers[0], numbers[1])
    guard before != on || on != behind else { return nil }
    let isTriangle = data.allSatisfy { data in
      let (numbers, extent) = (data.doubles, data.shape[rows])
      return numbers.count == extent * extent
        && numbers.indices.allSatisfy { index in
          let (row, column) = index.quotientAndRemainder(dividingBy: extent)
          return numbers[index] == (column < row ? before : column == row ? on : behind)
        }
    }
    guard isTriangle else { return nil }
    self = .triangle(before: before, on: on, behind: behind)
  }

  /// The constant of type `dtype` with `rank` axes for as many places as `counted` has, i64 [n], along `axes`.
  func value(
    _ counted: Value, _ dtype: DType, along axes: [Int], rank: Int,
    _ b: inout GraphBuilder
  ) throws -> Value {
    func line(_ value: Value, along axis: Int) throws -> Value {
      var extents = [Int](repeating: 1, count: rank)
      extents[axis] = -1
      return try b.add(one: Reshape(extents), value)
    }
    func number(_ number: Double) throws -> Value {
      try b.constant(TensorData([number], as: TensorType(dtype, [])))
    }
    switch self {
    case .progression(let first, let step):
      var value = try line(counted, along: axes[0])
      if dtype != .i64 { value = try b.add(one: Cast(to: dtype), value) }
      if step != 1 { value = try b.add(one: Multiply(), value, number(step)) }
      if first != 0 { value = try b.add(one: Add(), value, number(first)) }
      return value
    case .triangle(let before, let on, let behind):
      let (row, column) = (try line(counted, along: axes[0]), try line(counted, along: axes[1]))
      if dtype == .bool {
        let comparison: any Op =
          switch (before != 0, on != 0, behind != 0) {
          case (false, _, true): on == 0 ? Greater() : GreaterOrEqual()
          case (true, _, false): on == 0 ? Less() : LessOrEqual()
          case (let outside, _, _): outside ? NotEqual() : Equal()
          }
        return try b.add(comparison, [column, row])[0]
      }
      let isBehind = try b.add(one: Greater(), column, row)
      let rest =
        on == before
        ? try number(before)
        : try b.add(one: Select(), b.add(one: Equal(), column, row), number(on), number(before))
      return try b.add(one: Select(), isBehind, number(behind), rest)
    }
  }
}
