import LeptonOps
import LeptonValues

extension Tensor {
  /// The sum along `axes`, of all elements where none are given. Negative axes count from the last.
  public func sum(
    along axes: Int..., keepingAxes: Bool = false, file: StaticString = #fileID,
    line: UInt = #line
  ) -> Tensor {
    reduced(.sum, axes, keepingAxes, SourcePlace(file, line))
  }

  public func mean(
    along axes: Int..., keepingAxes: Bool = false, file: StaticString = #fileID,
    line: UInt = #line
  ) -> Tensor {
    reduced(.mean, axes, keepingAxes, SourcePlace(file, line))
  }

  public func max(
    along axes: Int..., keepingAxes: Bool = false, file: StaticString = #fileID,
    line: UInt = #line
  ) -> Tensor {
    reduced(.max, axes, keepingAxes, SourcePlace(file, line))
  }

  public func min(
    along axes: Int..., keepingAxes: Bool = false, file: StaticString = #fileID,
    line: UInt = #line
  ) -> Tensor {
    reduced(.min, axes, keepingAxes, SourcePlace(file, line))
  }

  /// The index of the largest element along an axis, `i64`.
  public func argmax(
    along axis: Int = -1, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    let place = SourcePlace(file, line)
    guard let axis = shape.axis(axis) else { return noAxis(axis, place) }
    return Tensor.apply(ArgMax(axis: axis, keepDims: false), [self], place)
  }

  /// `exp(x)` over its sum along the axis.
  public func softmax(
    along axis: Int = -1, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    let place = SourcePlace(file, line)
    guard let axis = shape.axis(axis) else { return noAxis(axis, place) }
    return Tensor.apply(LeptonOps.Softmax(axis: axis), [self], place)
  }

  /// The logarithm of `softmax`, without its loss of precision.
  public func logSoftmax(
    along axis: Int = -1, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    let place = SourcePlace(file, line)
    guard let axis = shape.axis(axis) else { return noAxis(axis, place) }
    return Tensor.apply(LeptonOps.LogSoftmax(axis: axis), [self], place)
  }

  private func reduced(
    _ kind: Reduce.Kind, _ axes: [Int], _ keepingAxes: Bool, _ place: SourcePlace
  ) -> Tensor {
    var resolved: [Int] = []
    for axis in axes {
      guard let axis = shape.axis(axis) else { return noAxis(axis, place) }
      resolved.append(axis)
    }
    let all = axes.isEmpty ? Array(0..<rank) : Array(Set(resolved)).sorted()
    return Tensor.apply(Reduce(kind, axes: all, keepDims: keepingAxes), [self], place)
  }

  func noAxis(_ axis: Int, _ place: SourcePlace) -> Tensor {
    let fix = rank == 0 ? "a scalar has no axes" : "give one in \(-rank)...\(rank - 1)"
    return Tensor.mistake(
      LeptonError(.badInput, "shape \(shape) has no axis \(axis)", fix: fix), [self], place)
  }
}
