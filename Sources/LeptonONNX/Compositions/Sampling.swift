import LeptonGraph
import LeptonOps
import LeptonValues

/// The values of images between their elements: what GridSample, RoiAlign and DeformConv share.
///
/// Images are `[batch..., extents..., C]`. At each position the elements around it (the product of
/// those along each axis) are gathered and weighted; gradients flow to images and positions.
struct Sampling {
  /// One element along one axis that takes part: its index, a whole number in floating point, and
  /// its weight; nil is 1.
  typealias Tap = (index: Value, weight: Value?)

  /// The images, channels last.
  let images: Value
  /// How many leading axes of images and positions correspond.
  let batchDims: Int
  /// Indices that come before those of the taps in every tuple: `[..., 1]`.
  var prefix: [Value] = []

  /// The weighted elements around every position, `[positions..., C]` each: their sum is the value
  /// there. `taps` has the taps along each axis, all of the shape of the positions.
  func terms(
    _ taps: [[Tap]], _ context: inout ONNXReadContext
  ) throws -> [Value] {
    try combinations(taps).map { corner in
      var weight: Value?
      var tuple = prefix
      for tap in corner {
        let rank = context.builder.shape(of: tap.index).rank
        let whole = try context.builder.add(one: Cast(to: .i64), tap.index)
        tuple.append(
          try context.builder.add(one: Reshape(Array(repeating: 0, count: rank) + [1]), whole))
        guard let factor = tap.weight else { continue }
        weight = try weight.map { try context.builder.add(one: Multiply(), $0, factor) } ?? factor
      }
      let indices =
        tuple.count == 1 ? tuple[0] : try context.builder.add(Concat(axis: -1), tuple)[0]
      let values = try context.builder.add(one: GatherND(batchDims: batchDims), images, indices)
      guard let weight else { return values }
      let rank = context.builder.shape(of: weight).rank
      let column = try context.builder.add(
        one: Reshape(Array(repeating: 0, count: rank) + [1]), weight)
      return try context.builder.add(one: Multiply(), values, column)
    }
  }

  private func combinations(_ taps: [[Tap]]) -> [[Tap]] {
    taps.reduce([[]]) { corners, axis in corners.flatMap { corner in axis.map { corner + [$0] } } }
  }
}

extension ONNXReadContext {
  /// `[N, C, extents...]` as `[N, extents..., C]`.
  mutating func channelsLast(_ x: Value) throws -> Value {
    let rank = builder.shape(of: x).rank
    return try builder.add(one: Transpose([0] + Array(2..<rank) + [1]), x)
  }

  /// The two elements around each position along an axis, unbounded.
  mutating func linearTaps(at x: Value) throws -> [Sampling.Tap] {
    let lower = try builder.add(one: Floor(), x)
    let fraction = try builder.add(one: Subtract(), x, lower)
    let one = try builder.scalar(1, like: x)
    return [
      (lower, try builder.add(one: Subtract(), one, fraction)),
      (try builder.add(one: Add(), lower, one), fraction),
    ]
  }

  /// Indices inside of an axis.
  mutating func clamped(_ x: Value, to extent: Int) throws -> Value {
    let low = try builder.add(one: Maximum(), x, builder.scalar(0, like: x))
    return try builder.add(one: Minimum(), low, builder.scalar(Double(extent - 1), like: x))
  }

  /// 1 where low <= x <= high, else 0, in the type of x.
  mutating func indicator(_ x: Value, from low: Double, to high: Double) throws -> Value {
    let above = try builder.add(one: GreaterOrEqual(), x, builder.scalar(low, like: x))
    let below = try builder.add(one: LessOrEqual(), x, builder.scalar(high, like: x))
    let inside = try builder.add(one: And(), above, below)
    return try builder.add(one: Cast(to: builder.dtype(of: x)), inside)
  }

  /// The elements of a tap that lie outside count as zeros.
  mutating func zeroOutside(_ tap: Sampling.Tap, extent: Int) throws -> Sampling.Tap {
    let inside = try indicator(tap.index, from: 0, to: Double(extent - 1))
    let weight = try tap.weight.map { try builder.add(one: Multiply(), $0, inside) } ?? inside
    return (try clamped(tap.index, to: extent), weight)
  }

  /// The sum of several values.
  mutating func sum(_ terms: [Value]) throws -> Value {
    try terms.dropFirst().reduce(terms[0]) { try builder.add(one: Add(), $0, $1) }
  }
}
