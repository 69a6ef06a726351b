public import LeptonGraph
public import LeptonValues

/// The mean of each window of `[N, C, H, W]`.
public struct AveragePool2D: Op {
  public static let name = "averagePool2d"

  /// Height, width.
  public var kernel: [Int]
  public var strides: [Int]
  /// Top, left, bottom, right.
  public var padding: [Int]
  /// Whether the mean is over the whole window, padding counting as zeros, or over the elements
  /// that it sees.
  public var countIncludesPadding: Bool

  /// Strides are the kernel's extents unless stated.
  public init(
    kernel: [Int], strides: [Int]? = nil, padding: [Int] = [0, 0, 0, 0],
    countIncludesPadding: Bool = true
  ) {
    self.kernel = kernel
    self.strides = strides ?? kernel
    self.padding = padding
    self.countIncludesPadding = countIncludesPadding
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try requireFloat(operands, count: 1)
    return [operands[0].with(shape: try resultShape(operands[0]))]
  }

  /// The type rule; also checks the operand of the gradient.
  package func resultShape(_ input: TensorType) throws -> Shape {
    try requireRank(input, 4, "input", "[N, C, H, W]")
    let extents = try window()
      .resultExtents(height: input.shape[2], width: input.shape[3], of: name)
    return Shape(Array(input.shape[..<2]) + extents)
  }

  package func window() throws -> Window2D {
    let window = try Window2D(
      kernel: kernel, strides: strides, padding: padding, dilation: [1, 1], of: name)
    try window.requireElements(of: name)
    return window
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil] }
    let gradient = AveragePool2DGradient(
      pool: self, inputShape: b.shape(of: node.operand).extents)
    return [try b.add(one: gradient, g)]
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let x = operands[0].doubles
    let places = PoolPlaces(
      try window(), input: operands[0].shape, result: results[0].shape)
    let divisors = divisors(places)
    var y = [Double](repeating: 0, count: results[0].shape.elementCount)
    places.forEach { position, element in y[position] += x[element] }
    for position in y.indices { y[position] /= divisors[position % divisors.count] }
    return [TensorData(y, as: results[0])]
  }

  /// What the sum of each window of a plane is divided by.
  func divisors(_ places: PoolPlaces) -> [Double] {
    places.counts.map { countIncludesPadding ? Double(kernel[0] * kernel[1]) : Double($0) }
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    Cost(flops: results[0].shape.elementCount * kernel[0] * kernel[1], operands, results)
  }

  public static let samples = [
    Sample(AveragePool2D(kernel: [2, 2]), [.normal([2, 3, 6, 4])]),
    Sample(
      AveragePool2D(kernel: [3, 3], strides: [2, 2], padding: [1, 1, 1, 1]),
      [.normal([1, 17, 7, 6])]),
    Sample(
      AveragePool2D(
        kernel: [3, 2], strides: [2, 1], padding: [1, 0, 2, 1], countIncludesPadding: false),
      [.normal([1, 2, 5, 6])]),
    Sample(AveragePool2D(kernel: [7, 7]), [.normal([2, 3, 7, 7])]),
  ]
}
