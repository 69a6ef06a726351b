/// An upright rectangle in a picture by its sides: x to the right, y down.
package struct Box: Sendable, Hashable {
  package var low: SIMD2<Float>
  package var high: SIMD2<Float>

  package init(low: SIMD2<Float>, high: SIMD2<Float>) { (self.low, self.high) = (low, high) }

  /// By two opposite corners, whichever they are.
  package init(corner a: SIMD2<Float>, _ b: SIMD2<Float>) {
    self.init(low: pointwiseMin(a, b), high: pointwiseMax(a, b))
  }

  package init(centre: SIMD2<Float>, size: SIMD2<Float>) {
    self.init(low: centre - size / 2, high: centre + size / 2)
  }

  package var size: SIMD2<Float> { high - low }

  /// 0 where it has no inside.
  package var area: Float { size.x > 0 && size.y > 0 ? size.x * size.y : 0 }

  package var isFinite: Bool {
    low.x.isFinite && low.y.isFinite && high.x.isFinite && high.y.isFinite
  }

  /// What of it lies in `other`; without an inside where that is nothing.
  package func clipped(to other: Box) -> Box {
    Box(low: pointwiseMax(low, other.low), high: pointwiseMin(high, other.high))
  }

  /// The common area in relation to that of both together; -1 where they have none in common.
  package func overlap(with other: Box) -> Float {
    let common = clipped(to: other).area
    guard common > 0 else { return -1 }
    let total = area + other.area - common
    return total > 0 ? common / total : -1
  }
}
