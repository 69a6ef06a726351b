import LeptonOps
import LeptonValues

/// What may stand for one axis in `x[0, 1..<3, 2...]`.
public protocol TensorIndex {
  /// What is taken of an axis of this extent; an index takes one element and drops the axis.
  func selection(of extent: Int) -> (range: Range<Int>, dropsAxis: Bool)
}

extension Int: TensorIndex {
  /// Negative indices count from the end.
  public func selection(of extent: Int) -> (range: Range<Int>, dropsAxis: Bool) {
    let index = self < 0 ? self + extent : self
    return (index..<(index + 1), true)
  }
}

extension Range<Int>: TensorIndex {
  public func selection(of extent: Int) -> (range: Range<Int>, dropsAxis: Bool) { (self, false) }
}

extension ClosedRange<Int>: TensorIndex {
  public func selection(of extent: Int) -> (range: Range<Int>, dropsAxis: Bool) {
    (lowerBound..<(upperBound + 1), false)
  }
}

extension PartialRangeFrom<Int>: TensorIndex {
  /// A negative bound counts from the end: `x[(-2)...]` is the last two.
  public func selection(of extent: Int) -> (range: Range<Int>, dropsAxis: Bool) {
    let lower = lowerBound < 0 ? lowerBound + extent : lowerBound
    return (lower..<Swift.max(lower, extent), false)
  }
}

extension PartialRangeUpTo<Int>: TensorIndex {
  public func selection(of extent: Int) -> (range: Range<Int>, dropsAxis: Bool) {
    (Swift.min(0, upperBound)..<upperBound, false)
  }
}

extension PartialRangeThrough<Int>: TensorIndex {
  public func selection(of extent: Int) -> (range: Range<Int>, dropsAxis: Bool) {
    (Swift.min(0, upperBound)..<(upperBound + 1), false)
  }
}

extension Tensor {
  /// A part of the tensor: for each axis, from the first, an index or a range; `0...` takes all.
  public subscript(
    indices: any TensorIndex..., file file: StaticString = #fileID, line line: UInt = #line
  ) -> Tensor {
    let place = SourcePlace(file, line)
    guard indices.count <= rank else { return noAxis(indices.count - 1, place) }
    var starts = [Int](repeating: 0, count: rank)
    var ends = [Int](repeating: Int.max, count: rank)
    var kept: [Int] = []
    var dropped: [Int] = []
    for (axis, extent) in shape.enumerated() {
      guard axis < indices.count else {
        kept.append(extent)
        continue
      }
      let (range, dropsAxis) = indices[axis].selection(of: extent)
      guard range.lowerBound >= 0, range.upperBound <= extent else {
        return Tensor.mistake(
          LeptonError(
            .badInput, "index \(indices[axis]) is outside axis \(axis) of shape \(shape)",
            fix: "its elements are 0..<\(extent)"), [self], place)
      }
      if range != 0..<extent { (starts[axis], ends[axis]) = (range.lowerBound, range.upperBound) }
      if dropsAxis { dropped.append(axis) } else { kept.append(range.count) }
    }
    let steps = [Int](repeating: 1, count: rank)
    let slice = Tensor.apply(Slice(starts: starts, ends: ends, steps: steps), [self], place)
    guard kept.count < rank else { return slice }
    // Axes before the first that goes keep their extent, whatever it is then: the batch may change.
    let stable = dropped.first ?? 0
    let shape = [Int](repeating: 0, count: stable) + kept.dropFirst(stable)
    return slice.reshaped(to: Shape(shape), file: file, line: line)
  }
}
