import LeptonGraph
import LeptonValues

/// The windows along one axis side by side, and their sum back: what a convolution over many axes
/// takes to become one over fewer.
extension GraphBuilder {
  /// The axis of extent L becomes two, `[kernel, windows]`: what each tap of the kernel reads.
  /// Padding reads as zeros.
  mutating func unfolded(_ x: Value, axis: Int, _ window: WindowAxis) throws -> Value {
    let shape = shape(of: x)
    let indices = try window.indices(over: shape[axis])
    var pad = Pad(low: shape.map { _ in 0 }, high: shape.map { _ in 0 })
    (pad.low[axis], pad.high[axis]) = (window.low, window.high)
    let isPadded = window.low != 0 || window.high != 0
    let padded = isPadded ? try add(one: pad, x) : x
    return try add(one: Gather(axis: axis), padded, constant(indices))
  }

  /// Sums `[kernel, windows, ...]` to `[extent, ...]`: every tap of every window onto the element
  /// that it reads. What falls into the padding is dropped.
  mutating func folded(_ x: Value, _ window: WindowAxis, extent: Int) throws -> Value {
    let rest = Array(shape(of: x).dropFirst(2))
    let count = shape(of: x)[1]
    let indices = try window.indices(count: count)
    let reach = count == 0 ? 0 : (count - 1) * window.stride + window.span
    let padded = max(reach, window.low + extent)
    let sums = try add(one: ScatterAdd(shape: [padded] + rest), constant(indices), x)
    let range = window.low..<window.low + extent
    return range == 0..<padded
      ? sums : try add(one: Slice(range, axis: 0, rank: rest.count + 1), sums)
  }
}

extension WindowAxis {
  /// More taps of windows than this are no network.
  private static let mostTaps = 1 << 26

  fileprivate func indices(over extent: Int) throws -> TensorData {
    let count = windowCount(over: extent)
    guard count > 0 else {
      throw LeptonError(
        .badInput, "a window of \(span) does not fit into \(extent) with padding \([low, high])",
        fix: "use a smaller kernel, more padding or a larger input")
    }
    return try indices(count: count)
  }

  /// The padded element that each tap of each window reads, `[kernel, windows]`.
  fileprivate func indices(count: Int) throws -> TensorData {
    guard kernel <= Self.mostTaps / max(count, 1) else {
      throw LeptonError(
        .badInput, "\(count) windows of \(kernel) taps along one axis are not supported")
    }
    let indices = (0..<kernel).flatMap { tap in
      (0..<count).map { Int64(element(window: $0, tap: tap) + low) }
    }
    return TensorData(indices, shape: [kernel, count])
  }
}
