public import LeptonGraph
public import LeptonValues

/// The maximum of each window of `[N, C, H, W]`. Padding never wins; NaN does.
public struct MaxPool2D: Op {
  public static let name = "maxPool2d"

  /// Height, width.
  public var kernel: [Int]
  public var strides: [Int]
  /// Top, left, bottom, right.
  public var padding: [Int]
  public var dilation: [Int]

  /// Strides are the kernel's extents unless stated.
  public init(
    kernel: [Int], strides: [Int]? = nil, padding: [Int] = [0, 0, 0, 0],
    dilation: [Int] = [1, 1]
  ) {
    self.kernel = kernel
    self.strides = strides ?? kernel
    self.padding = padding
    self.dilation = dilation
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(1, operands)
    // Of quantised numbers the maximum is the quantised maximum.
    if operands[0].dtype != .i8, operands[0].dtype != .u8 { try requireFloat(operands) }
    try requireRank(operands[0], 4, "input", "[N, C, H, W]")
    let shape = operands[0].shape
    let extents = try window().resultExtents(height: shape[2], width: shape[3], of: name)
    return [operands[0].with(shape: Shape([shape[0], shape[1]] + extents))]
  }

  package func window() throws -> Window2D {
    let window = try Window2D(
      kernel: kernel, strides: strides, padding: padding, dilation: dilation, of: name)
    try window.requireElements(of: name)
    return window
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil] }
    return [try b.add(one: MaxPool2DGradient(pool: self), node.operand, g)]
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let x = operands[0].doubles
    let y = try winners(x, operands[0].shape, results[0].shape).map { winner in
      winner.map { x[$0] } ?? -.infinity
    }
    return [TensorData(y, as: results[0])]
  }

  /// For each element of the result the position in `x` of its maximum, the first of equals; nil
  /// where a dilated window sees padding only.
  func winners(_ x: [Double], _ input: Shape, _ result: Shape) throws -> [Int?] {
    let window = try window()
    let places = PoolPlaces(window, input: input, result: result)
    var winners = [Int?](repeating: nil, count: result.elementCount)
    x.withUnsafeBufferPointer { x in
      places.forEach { position, element in
        if let winner = winners[position], !(x[element] > x[winner]), !x[element].isNaN { return }
        winners[position] = element
      }
    }
    return winners
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    Cost(flops: results[0].shape.elementCount * kernel[0] * kernel[1], operands, results)
  }

  public static let samples = [
    Sample(MaxPool2D(kernel: [2, 2]), [.distinct([2, 3, 6, 4])]),
    Sample(
      MaxPool2D(kernel: [3, 3], strides: [2, 2], padding: [1, 1, 1, 1]), [.distinct([1, 2, 7, 6])]),
    Sample(MaxPool2D(kernel: [2, 3], strides: [1, 2]), [.distinct([1, 17, 3, 8])]),
    Sample(
      MaxPool2D(kernel: [2, 2], strides: [2, 2], padding: [0, 1, 1, 0]), [.distinct([1, 1, 5, 5])]),
    Sample(
      MaxPool2D(kernel: [2, 2], strides: [1, 1], dilation: [2, 3]), [.distinct([1, 2, 5, 6])]),
  ]
}

extension Window2D {
  /// Checks that every window sees an element: there is less padding than a window spans.
  func requireElements(of op: String) throws {
    for axis in [vertical, horizontal] where max(axis.low, axis.high) >= axis.span {
      throw LeptonError(
        .badInput, "\(op): padding \(max(axis.low, axis.high)) fills a window of \(axis.span)",
        fix: "pad less than the window spans")
    }
  }
}
