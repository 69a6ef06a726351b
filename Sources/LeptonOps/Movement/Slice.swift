public import LeptonGraph
public import LeptonValues

/// Every `steps[i]`-th element from `starts[i]` up to before `ends[i]`, for each axis `i`.
///
/// As in NumPy: negative bounds count from the end, bounds outside are moved to it, and a negative
/// step goes backward. An end of `Int.max` (or `Int.min` backward) keeps a graph open to other extents.
public struct Slice: Op {
  public static let name = "slice"

  public var starts: [Int]
  public var ends: [Int]
  public var steps: [Int]

  public init(starts: [Int], ends: [Int], steps: [Int]? = nil) {
    self.starts = starts
    self.ends = ends
    self.steps = steps ?? [Int](repeating: 1, count: starts.count)
  }

  /// All of a tensor of `rank` axes but for one axis, of which `range` stays.
  public init(_ range: Range<Int>, axis: Int, rank: Int) {
    var starts = [Int](repeating: 0, count: rank)
    var ends = [Int](repeating: .max, count: rank)
    starts[axis] = range.lowerBound
    ends[axis] = range.upperBound
    self.init(starts: starts, ends: ends)
  }

  /// For each axis the first index and how many there are.
  package func extents(of shape: Shape) throws -> [(start: Int, count: Int)] {
    guard starts.count == shape.rank, ends.count == shape.rank, steps.count == shape.rank,
      !steps.contains(0)
    else {
      throw LeptonError(
        .badInput,
        "\(name): starts \(Shape(starts)), ends \(Shape(ends)), steps \(Shape(steps)) of \(shape)",
        fix: "give each of the \(shape.rank) axes a start, an end and a step other than 0")
    }
    return shape.indices.map { axis in
      let extent = shape[axis]
      let step = min(max(steps[axis], -extent - 1), extent + 1)
      func bound(_ index: Int, _ range: ClosedRange<Int>) -> Int {
        let resolved = index < 0 ? max(index, -extent - 1) + extent : index
        return min(max(resolved, range.lowerBound), range.upperBound)
      }
      let range = step > 0 ? 0...extent : -1...max(extent - 1, -1)
      let (start, end) = (bound(starts[axis], range), bound(ends[axis], range))
      let span = step > 0 ? end - start + step - 1 : end - start + step + 1
      return (start, max(span / step, 0))
    }
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(1, operands)
    let extents = try extents(of: operands[0].shape)
    return [operands[0].with(shape: Shape(extents.map(\.count)))]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    [
      try gradients[0].map {
        try b.add(
          one: SliceGradient(slice: self, shape: b.shape(of: node.operand).extents), $0)
      }
    ]
  }

  /// Where the element at a position of the result lies in an operand of `shape`.
  package func sourcePosition(in shape: Shape) throws -> (Int) -> Int {
    let extents = try extents(of: shape)
    let result = Shape(extents.map(\.count))
    let strides = shape.strides
    return { position in
      result.coordinates(of: position).enumerated().reduce(0) { sum, coordinate in
        let (axis, index) = coordinate
        return sum + (extents[axis].start + index * steps[axis]) * strides[axis]
      }
    }
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let strides = operands[0].shape.strides
    let starts = try extents(of: operands[0].shape).map(\.start)
    let start = zip(starts, strides).reduce(0) { $0 + $1.0 * $1.1 }
    return [
      operands[0].stepped(
        to: results[0].shape, from: start, by: zip(steps, strides).map { $0 * $1 })
    ]
  }

  public static let samples = [
    Sample(Slice(starts: [1, 0], ends: [3, .max]), [.normal([4, 3])]),
    Sample(
      Slice(starts: [0, -3, 1], ends: [.max, -1, 6], steps: [1, 1, 2]), [.normal([2, 4, 7])]),
    Sample(Slice(starts: [-1, 4], ends: [.min, 0], steps: [-1, -2]), [.normal([3, 6])]),
    Sample(Slice(starts: [5], ends: [2]), [.normal([6])]),
    Sample(Slice(starts: [1], ends: [99]), [.integers([4], -9...9, .i64)], differentiable: false),
  ]
}

/// The gradient of `Slice`: the operand scattered into zeros of `shape`.
public struct SliceGradient: Op {
  public static let name = "sliceGradient"

  public var slice: Slice
  public var shape: [Int]

  public init(slice: Slice, shape: [Int]) {
    self.slice = slice
    self.shape = shape
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(1, operands)
    let extents = try slice.extents(of: Shape(shape)).map(\.count)
    guard operands[0].shape == Shape(extents) else {
      throw LeptonError(
        .badInput,
        "sliceGradient: the slice of \(Shape(shape)) is \(Shape(extents)), "
          + "not \(operands[0].shape)")
    }
    return [operands[0].with(shape: Shape(shape))]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] { [try gradients[0].map { try b.add(one: slice, $0) }] }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let target = try slice.sourcePosition(in: results[0].shape)
    let sources = Dictionary(
      uniqueKeysWithValues: (0..<operands[0].elementCount).map { (target($0), $0) })
    return [operands[0].rearranged(to: results[0].shape) { sources[$0] }]
  }

  public static let samples = [
    Sample(
      SliceGradient(slice: Slice(starts: [1, 0], ends: [3, .max]), shape: [4, 3]),
      [.normal([2, 3])], onnx: false),
    Sample(
      SliceGradient(slice: Slice(starts: [-1], ends: [.min], steps: [-2]), shape: [5]),
      [.normal([3])], onnx: false),
    Sample(
      SliceGradient(slice: Slice(2..<2, axis: 1, rank: 2), shape: [2, 3]), [.normal([2, 0])],
      onnx: false),
  ]
}
