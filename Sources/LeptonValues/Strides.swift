extension TensorData {
  /// The tensor of `shape` whose neighbours along each axis lie `strides` elements apart in this one, in row-major order;
  /// the first element is the first, the last must exist.
  package func gathered(_ shape: Shape, by strides: [Int]) -> TensorData {
    let width = dtype.byteCount
    var result = TensorData(uninitialized: TensorType(dtype, shape))
    withUnsafeBytes { from in
      result.withUnsafeMutableBytes { to in
        var index = [Int](repeating: 0, count: shape.rank)
        var source = 0
        for target in 0..<shape.elementCount {
          for byte in 0..<width { to[target * width + byte] = from[source * width + byte] }
          var axis = shape.rank - 1
          while axis >= 0 {
            index[axis] += 1
            source += strides[axis]
            if index[axis] < shape[axis] { break }
            source -= strides[axis] * shape[axis]
            index[axis] = 0
            axis -= 1
          }
        }
      }
    }
    return result
  }
}
