import Foundation
package import LeptonValues

/// How far two tensors of one shape are apart.
package struct TensorDifference: Sendable, Encodable {
  package let name: String
  /// The largest distance of two elements.
  package let largest: Double
  /// That, relative to the largest element of the first tensor.
  package let relative: Double
  /// Elements that differ at all.
  package let differing: Int
  package let count: Int

  /// nil where the shapes differ. Elements that are both NaN, or the same infinity, are equal.
  package init?(_ name: String, _ a: TensorData, _ b: TensorData) {
    guard a.shape == b.shape else { return nil }
    self.name = name
    count = a.elementCount
    guard a != b else {
      (largest, relative, differing) = (0, 0, 0)
      return
    }
    var (largest, scale, differing) = (0.0, 0.0, 0)
    for (x, y) in zip(a.doubles, b.doubles) {
      if x.isFinite { scale = max(scale, abs(x)) }
      guard x != y, !(x.isNaN && y.isNaN) else { continue }
      differing += 1
      let distance = abs(x - y)
      largest = max(largest, distance.isNaN ? .infinity : distance)
    }
    self.largest = largest
    self.differing = differing
    relative = largest == 0 ? 0 : scale == 0 ? .infinity : largest / scale
  }
}
