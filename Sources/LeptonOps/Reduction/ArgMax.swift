public import LeptonGraph
public import LeptonValues

/// The index of the largest element along an axis, i64; the first one where several are.
public struct ArgMax: ArgReduction {
  public static let name = "argMax"
  public static let onnxName = "ArgMax"
  public static let better = ScalarOp.greater

  public var axis: Int
  public var keepDims: Bool

  public init(axis: Int, keepDims: Bool = false) {
    self.axis = axis
    self.keepDims = keepDims
  }
}

/// The index of the smallest element along an axis, i64; the first one where several are.
public struct ArgMin: ArgReduction {
  public static let name = "argMin"
  public static let onnxName = "ArgMin"
  public static let better = ScalarOp.less

  public var axis: Int
  public var keepDims: Bool

  public init(axis: Int, keepDims: Bool = false) {
    self.axis = axis
    self.keepDims = keepDims
  }
}

/// An operation that finds the best element along an axis. No gradient flows.
public protocol ArgReduction: Op {
  static var onnxName: String { get }
  /// Whether the first of two elements is the better one.
  static var better: ScalarOp { get }
  /// Negative ones count from the last.
  var axis: Int { get }
  /// Whether the axis stays, with extent 1.
  var keepDims: Bool { get }

  init(axis: Int, keepDims: Bool)
}

extension ArgReduction {
  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(1, operands)
    var shape = operands[0].shape
    let axis = try resolve(axis, in: shape)
    guard shape[axis] > 0 else {
      throw LeptonError(.badInput, "\(name): an extent of 0 in \(shape) has no best element")
    }
    if keepDims { shape[axis] = 1 } else { shape.extents.remove(at: axis) }
    return [TensorType(.i64, shape)]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] { [nil] }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let shape = operands[0].shape
    let axis = try resolve(axis, in: shape)
    let step = shape.strides[axis]
    let x = operands[0].doubles
    let best = (0..<results[0].shape.elementCount).map { position -> Double in
      let start = position / step * step * shape[axis] + position % step
      var best = 0
      for index in 1..<max(shape[axis], 1)
      where Self.better.evaluate([x[start + index * step], x[start + best * step]]) != 0 {
        best = index
      }
      return Double(best)
    }
    return [TensorData(best, as: results[0])]
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    Cost(flops: operands[0].shape.elementCount, operands, results)
  }

  public static var samples: [Sample] {
    [
      Sample(Self(axis: 1, keepDims: false), [.distinct([3, 5])], differentiable: false),
      Sample(Self(axis: -2, keepDims: true), [.distinct([2, 3, 4])], differentiable: false),
      Sample(
        Self(axis: 0, keepDims: false), [.integers([9], 0...2, .i32)], differentiable: false),
    ]
  }

  public static var onnxReaders: [String: ONNXReader] {
    [
      onnxName: { node, context in
        let x = try node.input(0)
        let op = Self(
          axis: node.int("axis", default: 0), keepDims: node.int("keepdims", default: 1) != 0)
        guard node.int("select_last_index", default: 0) != 0 else {
          return try context.builder.add(op, [x])
        }
        // The last of equals is the first from behind.
        let shape = context.builder.shape(of: x)
        let axis = try op.resolve(op.axis, in: shape)
        var backward = Slice(starts: shape.map { _ in 0 }, ends: shape.map { _ in Int.max })
        (backward.starts[axis], backward.ends[axis], backward.steps[axis]) = (-1, .min, -1)
        let best = try context.builder.add(
          one: op, context.builder.add(one: backward, x))
        let last = try context.builder.scalar(Double(shape[axis] - 1), like: best)
        return try context.builder.add(Subtract(), [last, best])
      }
    ]
  }

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit(
      Self.onnxName, for: node, ["axis": .int(axis), "keepdims": .int(keepDims ? 1 : 0)])
  }
}
