public import LeptonGraph
public import LeptonValues

/// Combines the elements along some axes: sum, mean, maximum, minimum or product. Of no elements the sum is 0, the product 1,
/// the mean NaN, the maximum the smallest number that there is, and the minimum the largest.
public struct Reduce: Op {
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    case sum, mean, max, min, product
  }

  public static let name = "reduce"

  public var kind: Kind
  /// Counted from the front, ascending.
  public var axes: [Int]
  /// Whether reduced axes stay, with extent 1.
  public var keepDims: Bool

  public init(_ kind: Kind, axes: [Int], keepDims: Bool) {
    self.kind = kind
    self.axes = axes.sorted()
    self.keepDims = keepDims
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(1, operands)
    let (dtype, shape) = (operands[0].dtype, operands[0].shape)
    guard dtype != .bool, !dtype.isStorageOnly, kind != .mean || dtype.isFloatingPoint else {
      throw LeptonError(
        .badInput, "reduce: there is no \(kind.rawValue) of \(dtype) elements", fix: "cast first")
    }
    guard Set(axes).count == axes.count, axes.allSatisfy(shape.indices.contains) else {
      throw LeptonError(
        .badInput, "reduce: \(shape) has not the axes \(Shape(axes))",
        fix: "name each axis once, counted from the front")
    }
    return [operands[0].with(shape: keepDims ? kept(shape) : dropped(shape))]
  }

  private func kept(_ shape: Shape) -> Shape {
    Shape(shape.indices.map { axes.contains($0) ? 1 : shape[$0] })
  }

  private func dropped(_ shape: Shape) -> Shape {
    Shape(shape.indices.filter { !axes.contains($0) }.map { shape[$0] })
  }

  /// How many elements become one.
  private func count(_ shape: Shape) -> Int { axes.reduce(1) { $0 * shape[$1] } }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let shape = operands[0].shape
    if let totals = wholeNumbers(operands[0], results[0]) { return [totals] }
    let index = BroadcastIndex(kept(shape), to: shape)
    let start: Double =
      switch kind {
      case .sum, .mean: 0
      case .product: 1
      case .max: -.infinity
      case .min: .infinity
      }
    var totals = [Double](repeating: start, count: results[0].shape.elementCount)
    for (position, x) in operands[0].doubles.enumerated() {
      let total = totals[index[position]]
      totals[index[position]] =
        switch kind {
        case .sum, .mean: total + x
        case .product: total * x
        case .max: ScalarOp.maximum.evaluate([total, x])
        case .min: ScalarOp.minimum.evaluate([total, x])
        }
    }
    if kind == .mean { totals = totals.map { $0 / Double(count(shape)) } }
    return [TensorData(totals, as: results[0])]
  }

  /// Exact, wrapping around; nil for floating-point elements.
  private func wholeNumbers(_ operand: TensorData, _ result: TensorType) -> TensorData? {
    switch operand.dtype {
    case .i8: totals(operand, result, Int8.self)
    case .u8: totals(operand, result, UInt8.self)
    case .i16: totals(operand, result, Int16.self)
    case .u16: totals(operand, result, UInt16.self)
    case .i32: totals(operand, result, Int32.self)
    case .u32: totals(operand, result, UInt32.self)
    case .i64: totals(operand, result, Int64.self)
    case .u64: totals(operand, result, UInt64.self)
    default: nil
    }
  }

  private func totals<S: IntegerScalar>(
    _ operand: TensorData, _ result: TensorType, _: S.Type
  ) -> TensorData {
    let index = BroadcastIndex(kept(operand.shape), to: operand.shape)
    let (start, step): (S, ScalarOp) =
      switch kind {
      case .sum, .mean: (0, .add)
      case .product: (1, .multiply)
      case .max: (.min, .maximum)
      case .min: (.max, .minimum)
      }
    var totals = [S](repeating: start, count: result.shape.elementCount)
    for (position, x) in operand.array(of: S.self).enumerated() {
      totals[index[position]] = step.evaluate([totals[index[position]], x])
    }
    return TensorData(totals, shape: result.shape)
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    Cost(flops: operands[0].shape.elementCount, operands, results)
  }

  public static let samples =
    Kind.allCases.flatMap { kind in
      [
        Sample(Reduce(kind, axes: [1], keepDims: false), [.distinct([3, 4, 2])]),
        Sample(Reduce(kind, axes: [0, 2], keepDims: true), [.distinct([2, 3, 2])]),
        Sample(Reduce(kind, axes: [0], keepDims: false), [.distinct([5])]),
      ]
    } + [
      Sample(Reduce(.mean, axes: [2, 3], keepDims: true), [.normal([2, 3, 4, 4])]),
      Sample(Reduce(.sum, axes: [], keepDims: true), [.normal([2, 3])]),
      Sample(
        Reduce(.product, axes: [1], keepDims: false),
        [.values(TensorData([2, 0, 3, 0, 0, 4, 1, 2, 3] as [Double], shape: [3, 3]))]),
      Sample(
        Reduce(.sum, axes: [0], keepDims: false), [.integers([4, 3], -9...9, .i64)],
        differentiable: false),
    ]
}

// MARK: Derivative

extension Reduce {
  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let gradient = gradients[0] else { return [nil] }
    let x = node.operand
    let shape = b.shape(of: x)
    let keptShape = kept(shape)
    func widened(_ value: Value, _ b: inout GraphBuilder) throws -> Value {
      b.shape(of: value) == keptShape
        ? value : try b.add(one: Reshape(keptShape.extents), value)
    }
    var g = try widened(gradient, &b)
    switch kind {
    case .sum:
      break
    case .mean:
      g = try b.add(one: Multiply(), g, b.scalar(1 / Double(count(shape)), like: g))
    case .max, .min:
      // Elements that equal the result share its gradient.
      let wins = try b.add(one: Equal(), x, widened(node.result, &b))
      let winners = try b.add(one: Cast(to: b.dtype(of: x)), wins)
      let total = try b.add(one: Reduce(.sum, axes: axes, keepDims: true), winners)
      return [try b.add(one: Multiply(), winners, b.add(one: Divide(), g, total))]
    case .product:
      return [try b.add(one: Multiply(), g, productOfOthers(x, &b))]
    }
    return [g == gradient && keptShape == shape ? g : try b.add(one: BroadcastTo(shape.extents), g)]
  }

  /// For each element the product of the others that are reduced with it; right also at zeros.
  private func productOfOthers(_ x: Value, _ b: inout GraphBuilder) throws -> Value {
    let zero = try b.scalar(0, like: x)
    let isZero = try b.add(one: Equal(), x, zero)
    let nonzero = try b.add(one: Select(), isZero, b.scalar(1, like: x), x)
    let product = try b.add(one: Reduce(.product, axes: axes, keepDims: true), nonzero)
    let here = try b.add(one: Cast(to: b.dtype(of: x)), isZero)
    let zeros = try b.add(one: Reduce(.sum, axes: axes, keepDims: true), here)
    let othersAreNonzero = try b.add(one: Equal(), zeros, here)
    let quotient = try b.add(one: Divide(), product, nonzero)
    return try b.add(one: Select(), othersAreNonzero, quotient, zero)
  }
}
