import LeptonValues

extension TensorData {
  /// Bytes that one row of the first axis takes.
  var rowByteCount: Int {
    shape.dropFirst().reduce(dtype.byteCount, *)
  }

  /// The rows of the first axis at `indices`, in that order.
  func gatheringRows(_ indices: [Int]) -> TensorData {
    var extents = shape.extents
    extents[0] = indices.count
    var result = TensorData(uninitialized: TensorType(dtype, Shape(extents)))
    result.copyRows(indices, from: self)
    return result
  }

  /// Overwrites row `i` of the first axis with row `indices[i]` of `source`, which has rows alike.
  mutating func copyRows(_ indices: [Int], from source: TensorData) {
    let rowBytes = rowByteCount
    precondition(rowBytes == source.rowByteCount && dtype == source.dtype, "rows differ in type")
    precondition(indices.count <= shape[0], "\(indices.count) rows do not fit a \(type)")
    let rows = source.shape[0]
    source.withUnsafeBytes { from in
      withUnsafeMutableBytes { to in
        for (slot, row) in indices.enumerated() {
          precondition(row >= 0 && row < rows, "row \(row) is outside 0..<\(rows)")
          let target = to[(slot * rowBytes)..<((slot + 1) * rowBytes)]
          let origin = from[(row * rowBytes)..<((row + 1) * rowBytes)]
          UnsafeMutableRawBufferPointer(rebasing: target)
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: origin))
        }
      }
    }
  }
}

extension Shape {
  /// Bytes that a tensor of this shape takes; nil where that, or the extents without the zeros
  /// among them, are too many to count. For shapes that come from files.
  func byteCount(of dtype: DType) -> Int? {
    var product = dtype.byteCount
    for extent in self {
      let (next, overflow) = product.multipliedReportingOverflow(by: Swift.max(extent, 1))
      if overflow { return nil }
      product = next
    }
    return contains(0) ? 0 : product
  }
}
