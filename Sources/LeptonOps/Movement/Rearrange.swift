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

extension TensorData {
  /// A tensor of the same element type whose element at coordinates *c* is this one's at the row-major position
  /// `start` + Σ c·`steps`: transposes, slices and broadcasts are of this form.
  package func stepped(
    to shape: Shape, from start: Int = 0, by steps: [Int]
  ) -> TensorData {
    var result = TensorData(uninitialized: type.with(shape: shape))
    withUnsafeBytes { from in
      result.withUnsafeMutableBytes { to in
        switch dtype.byteCount {
        case 1: copy(from, to, UInt8.self, shape, start, steps)
        case 2: copy(from, to, UInt16.self, shape, start, steps)
        case 4: copy(from, to, UInt32.self, shape, start, steps)
        default: copy(from, to, UInt64.self, shape, start, steps)
        }
      }
    }
    return result
  }
}

extension TensorData {
  /// This tensor with blocks of `length` elements, which begin at `positions`, replaced by those of
  /// `updates`, which has the same element type. Moves bytes: exact for every type.
  package func replacing(
    blocksOf length: Int, at positions: [Int], by updates: TensorData
  ) -> TensorData {
    let size = length * dtype.byteCount
    guard size > 0 else { return self }
    var result = self
    result.withUnsafeMutableBytes { to in
      updates.withUnsafeBytes { from in
        for (block, position) in positions.enumerated() {
          UnsafeMutableRawBufferPointer(
            rebasing: to[position * dtype.byteCount..<position * dtype.byteCount + size]
          )
          .copyMemory(
            from: UnsafeRawBufferPointer(rebasing: from[block * size..<(block + 1) * size]))
        }
      }
    }
    return result
  }
}

/// Row by row of the last axis; the other coordinates count up like the wheels of a meter.
private func copy<Word>(
  _ from: UnsafeRawBufferPointer, _ to: UnsafeMutableRawBufferPointer, _: Word.Type,
  _ shape: Shape, _ start: Int, _ steps: [Int]
) {
  guard shape.elementCount > 0 else { return }
  let source = from.bindMemory(to: Word.self)
  let result = to.bindMemory(to: Word.self)
  let (row, step) = (shape.extents.last ?? 1, steps.last ?? 0)
  var outer = [Int](repeating: 0, count: max(shape.rank - 1, 0))
  var (first, written) = (start, 0)
  while true {
    for index in 0..<row { result[written + index] = source[first + index * step] }
    written += row
    var axis = outer.count - 1
    while axis >= 0 {
      outer[axis] += 1
      first += steps[axis]
      if outer[axis] < shape[axis] { break }
      first -= outer[axis] * steps[axis]
      outer[axis] = 0
      axis -= 1
    }
    if axis < 0 { return }
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
