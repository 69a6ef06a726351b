import LeptonOps
public import LeptonValues

// The same elements in another arrangement.

extension Tensor {
  /// The elements in row-major order under another shape. One extent may be -1: what is left.
  public func reshaped(
    to shape: Shape, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    Tensor.apply(Reshape(shape.extents), [self], SourcePlace(file, line))
  }

  /// The last two axes exchanged, or all axes in the order given.
  public func transposed(
    _ permutation: Int..., file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    let place = SourcePlace(file, line)
    guard permutation.isEmpty else {
      return Tensor.apply(Transpose(permutation), [self], place)
    }
    guard rank >= 2 else { return noAxis(-2, place) }
    var order = Array(0..<rank)
    order.swapAt(rank - 1, rank - 2)
    return Tensor.apply(Transpose(order), [self], place)
  }

  /// Repeated along axes of extent 1 and new leading axes.
  public func broadcast(
    to shape: Shape, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    Tensor.apply(BroadcastTo(shape.extents), [self], SourcePlace(file, line))
  }

  /// A new axis of extent 1.
  public func expandingShape(
    at axis: Int, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    var extents = shape.extents
    let position = axis < 0 ? axis + rank + 1 : axis
    guard (0...rank).contains(position) else { return noAxis(axis, SourcePlace(file, line)) }
    extents.insert(1, at: position)
    return reshaped(to: Shape(extents), file: file, line: line)
  }

  /// The axes from `axis` on as one: `[N, C, H, W]` becomes `[N, C * H * W]`. Holds for any batch
  /// size.
  public func flattened(
    from axis: Int = 1, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    let place = SourcePlace(file, line)
    guard let axis = shape.axis(axis) else { return noAxis(axis, place) }
    let kept = [Int](repeating: 0, count: axis)
    return Tensor.apply(Reshape(kept + [-1]), [self], place)
  }

  /// Tensors one after the other along an axis.
  public static func concatenated(
    _ tensors: [Tensor], along axis: Int = 0, file: StaticString = #fileID,
    line: UInt = #line
  ) -> Tensor {
    let place = SourcePlace(file, line)
    guard let first = tensors.first else {
      return mistake(LeptonError(.badInput, "no tensors to concatenate"), [], place)
    }
    guard let axis = first.shape.axis(axis) else { return first.noAxis(axis, place) }
    return apply(Concat(axis: axis), tensors, place)
  }

  /// The rows of this table whose numbers are in `indices`, along `axis`.
  public func gathered(
    _ indices: Tensor, along axis: Int = 0, file: StaticString = #fileID, line: UInt = #line
  ) -> Tensor {
    let place = SourcePlace(file, line)
    guard let axis = shape.axis(axis) else { return noAxis(axis, place) }
    return Tensor.apply(Gather(axis: axis), [self, indices], place)
  }
}
