public import LeptonGraph
public import LeptonValues

/// Height and width of `[N, C, H, W]` made larger or smaller, by ONNX's definition of Resize.
public struct Resize2D: CompositeOp {
  public static let name = "resize2d"

  public enum Mode: String, Sendable, Hashable, Codable, CaseIterable {
    case nearest, linear
  }

  /// Where in the input an element of the result lies.
  public enum Coordinates: String, Sendable, Hashable, Codable, CaseIterable {
    /// `(x + 0.5) / scale - 0.5`
    case halfPixel
    /// As `halfPixel`, but 0 where the result has one element.
    case pytorchHalfPixel
    /// `x / scale`
    case asymmetric
    /// First on first, last on last.
    case alignCorners
    /// As `halfPixel`, with the middle of the result on the middle of the input.
    case halfPixelSymmetric
  }

  /// Which neighbour is the nearest.
  public enum Rounding: String, Sendable, Hashable, Codable, CaseIterable {
    case floor, ceil, roundPreferFloor, roundPreferCeil
  }

  public var mode: Mode
  public var coordinates: Coordinates
  public var rounding: Rounding
  /// Factors for height and width; the result's extents are rounded down.
  public var scales: [Double]?
  /// Height and width of the result; exactly one of `scales` and `size` is given.
  public var size: [Int]?

  public init(
    mode: Mode, coordinates: Coordinates = .halfPixel, rounding: Rounding = .roundPreferFloor,
    scales: [Double]
  ) {
    (self.mode, self.coordinates, self.rounding) = (mode, coordinates, rounding)
    self.scales = scales
  }

  public init(
    mode: Mode, coordinates: Coordinates = .halfPixel, rounding: Rounding = .roundPreferFloor,
    size: [Int]
  ) {
    (self.mode, self.coordinates, self.rounding) = (mode, coordinates, rounding)
    self.size = size
  }

  /// The same to another height and width.
  package func with(size: [Int]) -> Resize2D {
    Resize2D(mode: mode, coordinates: coordinates, rounding: rounding, size: size)
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try requireFloat(operands, count: 1)
    return [operands[0].with(shape: try resultShape(operands[0]))]
  }

  /// The type rule; also checks the operand of the gradient.
  package func resultShape(_ input: TensorType) throws -> Shape {
    try requireRank(input, 4, "input", "[N, C, H, W]")
    let axes = try self.axes(input.shape)
    return Shape(Array(input.shape[..<2]) + axes.map(\.result))
  }

  /// How height and width are resampled.
  func axes(_ input: Shape) throws -> [ResizeAxis] {
    let factors: [(result: Int, scale: Double)]
    if let scales, scales.count == 2, size == nil {
      factors = zip(scales, input[2...]).map { scale, extent in
        // In single precision, as ONNX defines it: 5/3 of 3 are 5.
        (Int(exactly: (Float(extent) * Float(scale)).rounded(.down)) ?? 0, scale)
      }
    } else if let size, size.count == 2, scales == nil {
      factors = zip(size, input[2...]).map { ($0, Double($0) / Double($1)) }
    } else {
      throw LeptonError(
        .badInput, "resize2d: scales \(scales ?? []), size \(size ?? [])",
        fix: "give two numbers, height and width, for one of them")
    }
    guard factors.allSatisfy({ $0.result > 0 && $0.scale.isFinite && $0.scale > 0 }) else {
      throw LeptonError(
        .badInput, "resize2d: nothing is left of \(input) at size \(factors.map(\.result))")
    }
    return zip(factors, input[2...]).map { factor, extent in
      ResizeAxis(
        Interpolation(mode == .nearest ? .nearest(rounding) : .linear), coordinates,
        input: extent, result: factor.result, scale: factor.scale)
    }
  }

  /// Two products with the matrices of interpolation weights, for back ends without resampling.
  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    let type = b.type(of: operands[0])
    let axes = try self.axes(type.shape)
    let vertical = try b.constant(axes[0].matrix(type.dtype))
    let horizontal = try b.constant(axes[1].matrix(type.dtype))
    let lines = try b.add(one: MatMul(), vertical, operands[0])
    return [try b.add(one: MatMul(transposeB: true), lines, horizontal)]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil] }
    let gradient = Resize2DGradient(resize: self, inputShape: b.shape(of: node.operand).extents)
    return [try b.add(one: gradient, g)]
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let (from, to) = (operands[0].shape, results[0].shape)
    let axes = try self.axes(from)
    let x = operands[0].doubles
    var y = [Double](repeating: 0, count: to.elementCount)
    forEachTap(axes, planes: to[0] * to[1]) { result, input, weight in
      y[result] += weight * x[input]
    }
    return [TensorData(y, as: results[0])]
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    let taps = mode == .linear ? 4 : 1
    return Cost(flops: 2 * taps * results[0].shape.elementCount, operands, results)
  }

  public static let samples =
    [
      Sample(
        Resize2D(mode: .nearest, coordinates: .asymmetric, rounding: .floor, scales: [2, 2]),
        [.normal([1, 2, 3, 4])]),
      Sample(Resize2D(mode: .linear, scales: [2, 1.5]), [.normal([2, 3, 4, 4])]),
      Sample(Resize2D(mode: .linear, size: [2, 3]), [.normal([1, 1, 5, 7])]),
      Sample(
        Resize2D(mode: .linear, coordinates: .alignCorners, size: [1, 6]), [.normal([1, 2, 3, 3])]),
      Sample(
        Resize2D(mode: .linear, coordinates: .pytorchHalfPixel, size: [1, 5]),
        [.normal([1, 2, 4, 3])]),
      Sample(
        Resize2D(mode: .linear, coordinates: .asymmetric, size: [7, 5]), [.normal([1, 2, 3, 3])]),
    ]
    + Rounding.allCases.map { rounding in
      Sample(
        Resize2D(mode: .nearest, rounding: rounding, size: [7, 3]), [.normal([1, 2, 4, 6])])
    }
}

/// Calls `body` with the position of a result, of an element that it takes, and that one's weight.
@inline(__always)
func forEachTap(
  _ axes: [ResizeAxis], planes: Int, _ body: (_ result: Int, _ input: Int, _ weight: Double) -> Void
) {
  var position = 0
  for plane in 0..<planes {
    let start = plane * axes[0].input * axes[1].input
    for line in axes[0].taps {
      for column in axes[1].taps {
        for y in line {
          for x in column {
            body(position, start + y.element * axes[1].input + x.element, y.weight * x.weight)
          }
        }
        position += 1
      }
    }
  }
}
