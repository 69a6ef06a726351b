package import LeptonValues

extension TensorData {
  /// A tensor of the same element type whose element at each row-major position is this one's at
  /// `source(position)`, or `fill` where that is nil. Moves bytes: exact for every type.
  package func rearranged(
    to shape: Shape, fill: Double = 0, _ source: (Int) -> Int?
  ) -> TensorData {
    let size = dtype.byteCount
    var result = TensorData(
      [Double](repeating: fill, count: shape.elementCount), as: type.with(shape: shape))
    withUnsafeBytes { from in
      result.withUnsafeMutableBytes { to in
        for position in 0..<shape.elementCount {
          guard let index = source(position) else { continue }
          for byte in 0..<size { to[position * size + byte] = from[index * size + byte] }
        }
      }
    }
    return result
  }
}

extension Shape {
  /// The coordinates of the element at a row-major position.
  package func coordinates(of position: Int) -> [Int] {
    var rest = position
    return strides.map { stride in
      let (coordinate, remainder) = rest.quotientAndRemainder(dividingBy: Swift.max(stride, 1))
      rest = remainder
      return coordinate
    }
  }

  /// The row-major position of the element at `coordinates`.
  package func position(of coordinates: [Int]) -> Int {
    zip(coordinates, strides).reduce(0) { $0 + $1.0 * $1.1 }
  }
}
