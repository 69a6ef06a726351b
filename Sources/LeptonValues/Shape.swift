/// The extents of a tensor, outermost first. `[]` is a scalar.
public struct Shape: Sendable, Hashable, Codable {
  public var extents: [Int]

  public init(_ extents: [Int]) { self.extents = extents }

  public var rank: Int { extents.count }

  /// The number of elements, 1 for a scalar.
  public var elementCount: Int { extents.reduce(1, *) }

  /// Row-major strides, in elements.
  public var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * extents[axis + 1]
    }
    return strides
  }

  /// `axis` counted from the front, where a negative one counts from the back; nil outside.
  public func axis(_ axis: Int) -> Int? {
    let resolved = axis < 0 ? axis + rank : axis
    return (0..<rank).contains(resolved) ? resolved : nil
  }

  /// The shape that both broadcast to by NumPy's rule, nil where extents differ and neither is 1.
  public func broadcast(with other: Shape) -> Shape? {
    let rank = Swift.max(self.rank, other.rank)
    var result = [Int](repeating: 1, count: rank)
    for back in 1..<(rank + 1) {
      let a = back <= self.rank ? extents[self.rank - back] : 1
      let b = back <= other.rank ? other.extents[other.rank - back] : 1
      guard a == b || a == 1 || b == 1 else { return nil }
      result[rank - back] = a == 1 ? b : a
    }
    return Shape(result)
  }
}

extension Shape: RandomAccessCollection, MutableCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { extents.count }
  public subscript(axis: Int) -> Int {
    get { extents[axis] }
    set { extents[axis] = newValue }
  }
}

extension Shape: ExpressibleByArrayLiteral {
  public init(arrayLiteral elements: Int...) { self.init(elements) }
}

extension Shape: CustomStringConvertible {
  public var description: String {
    "[" + extents.map(String.init).joined(separator: ", ") + "]"
  }
}
