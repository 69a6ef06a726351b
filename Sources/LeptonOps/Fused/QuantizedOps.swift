public import LeptonGraph
public import LeptonValues

/// Where the result of an integer kernel goes.
public struct Requantization: Sendable, Hashable, Codable {
  /// `u8` or `i8` with `scale`; `f32` leaves the result as it is.
  public var dtype: DType
  /// One step of the result's integers, as a real number; unused for `f32`.
  public var scale: Double
  /// The integer that stands for the real 0; unused for `f32`.
  public var zero: Int

  public init(dtype: DType, scale: Double, zero: Int = 0) {
    self.dtype = dtype
    self.scale = scale
    self.zero = zero
  }

  /// Rounds a real result to where it goes.
  func apply(to value: Value, _ b: inout GraphBuilder) throws -> Value {
    guard dtype != .f32 else { return value }
    let scale = try b.add(one: Constant(TensorData(scalar: Float(self.scale))))
    let zero = try b.add(one: Constant(TensorData([Double(zero)], as: TensorType(dtype, []))))
    return try b.add(one: Quantize(dtype: dtype, axis: nil), value, scale, zero)
  }
}

/// A layer of integers with everything folded in, whose result may be integers again.
public protocol QuantizedLayer: CompositeOp {
  var sourceScale: Double { get }
  var sourceZero: Int { get }
  var activation: Activation? { get set }
  var result: Requantization { get set }
}

extension QuantizedLayer {
  /// What becomes of its real sums, as nodes of their own.
  package func finish(_ sums: Value, _ b: inout GraphBuilder) throws -> Value {
    try result.apply(to: activation?.apply(to: sums, &b) ?? sums, &b)
  }
}

/// An int8 convolution with everything folded in: integer input and weights, integer or real result.
///
/// `result = requantize(activation(sourceScale * weightScale[o] * conv(x - sourceZero, w) + bias))`. Operands: x (u8 or i8), w (i8),
/// weight scales f32 [O], bias f32 [O]. A source with a zero point other than 0 is padded beforehand.
public struct QuantizedConv2D: QuantizedLayer {
  public static let name = "quantized_conv2d"

  public var conv: Conv2D
  public var sourceScale: Double
  public var sourceZero: Int
  public var activation: Activation?
  public var result: Requantization

  public init(
    conv: Conv2D, sourceScale: Double, sourceZero: Int = 0, activation: Activation?,
    result: Requantization
  ) {
    self.conv = conv
    self.sourceScale = sourceScale
    self.sourceZero = sourceZero
    self.activation = activation
    self.result = result
  }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    try expect(4, operands.map { b.type(of: $0) })
    guard sourceZero == 0 || conv.padding.allSatisfy({ $0 == 0 }) else {
      throw LeptonError(
        .badInput, "\(Self.name): the integer 0 pads, and the zero point is \(sourceZero)",
        fix: "pad beforehand")
    }
    let x = try dequantized(operands[0], sourceScale, sourceZero, &b)
    let channels = b.shape(of: operands[1])[0]
    let scales = try b.add(one: Reshape([channels, 1, 1, 1]), operands[2])
    let w = try b.add(one: Multiply(), b.add(one: Cast(to: .f32), operands[1]), scales)
    let y = try b.add(conv, [x, w, operands[3]])[0]
    return [try finish(y, &b)]
  }

  public static let samples = [
    Sample(
      QuantizedConv2D(
        conv: Conv2D(padding: [1, 1, 1, 1]), sourceScale: 0.02, activation: .relu,
        result: Requantization(dtype: .u8, scale: 0.05)),
      [
        .integers([2, 16, 5, 5], 0...255, .u8), .integers([16, 16, 3, 3], -63...63, .i8),
        .uniform([16], 0.001...0.002), .normal([16]),
      ], differentiable: false, onnx: false, tolerance: 1.01 / 255),
    Sample(
      QuantizedConv2D(
        conv: Conv2D(), sourceScale: 0.02, activation: nil,
        result: Requantization(dtype: .f32, scale: 1)),
      [
        .integers([1, 3, 6, 6], -127...127, .i8), .integers([8, 3, 3, 3], -127...127, .i8),
        .uniform([8], 0.001...0.002), .normal([8]),
      ], differentiable: false, onnx: false),
    // Images, with weights of 7 bits.
    Sample(
      QuantizedConv2D(
        conv: Conv2D(padding: [1, 1, 1, 1]), sourceScale: 0.02, activation: .relu,
        result: Requantization(dtype: .u8, scale: 0.05)),
      [
        .integers([3, 1, 7, 13], 0...255, .u8), .integers([32, 1, 3, 3], -63...63, .i8),
        .uniform([32], 0.001...0.01), .normal([32]),
      ], differentiable: false, onnx: false, tolerance: 1.01 / 255),
    Sample(
      QuantizedConv2D(
        conv: Conv2D(strides: [2, 2], padding: [2, 3, 1, 0]), sourceScale: 0.02,
        activation: .clip(-1, 4), result: Requantization(dtype: .i8, scale: 0.05)),
      [
        .integers([2, 3, 9, 8], 0...255, .u8), .integers([16, 3, 5, 4], -127...127, .i8),
        .uniform([16], 0.001...0.003), .normal([16]),
      ], differentiable: false, onnx: false, tolerance: 1.01 / 128),
    // Many channels; outputs that fill no register; strides, and padding on some sides.
    Sample(
      QuantizedConv2D(
        conv: Conv2D(strides: [2, 1], padding: [1, 2, 0, 1]), sourceScale: 0.01,
        activation: .clip(-0.5, 3), result: Requantization(dtype: .i8, scale: 0.05)),
      [
        .integers([3, 12, 7, 20], 0...255, .u8), .integers([21, 12, 3, 5], -63...63, .i8),
        .uniform([21], 0.001...0.002), .normal([21]),
      ], differentiable: false, onnx: false, tolerance: 1.01 / 128),
    Sample(
      QuantizedConv2D(
        conv: Conv2D(strides: [2, 2]), sourceScale: 0.02, activation: .gelu(tanh: false),
        result: Requantization(dtype: .u8, scale: 0.05)),
      [
        .integers([2, 8, 5, 7], 0...255, .u8), .integers([40, 8, 1, 1], -63...63, .i8),
        .uniform([40], 0.001...0.002), .normal([40]),
      ], differentiable: false, onnx: false, tolerance: 1.01 / 255),
    // A kernel deeper than what a first cache holds of it.
    Sample(
      QuantizedConv2D(
        conv: Conv2D(padding: [1, 1, 1, 1]), sourceScale: 0.002, activation: .relu,
        result: Requantization(dtype: .u8, scale: 0.05)),
      [
        .integers([1, 260, 3, 12], 0...255, .u8), .integers([16, 260, 3, 3], -63...63, .i8),
        .uniform([16], 0.001...0.002), .normal([16]),
      ], differentiable: false, onnx: false, tolerance: 1.01 / 255),
    // One pixel at a time, with a real result.
    Sample(
      QuantizedConv2D(
        conv: Conv2D(), sourceScale: 0.02, activation: .relu,
        result: Requantization(dtype: .f32, scale: 1)),
      [
        .integers([2, 20, 3, 5], 0...255, .u8), .integers([24, 20, 1, 1], -63...63, .i8),
        .uniform([24], 0.001...0.002), .normal([24]),
      ], differentiable: false, onnx: false),
  ]
}

/// An int8 dense layer: as `QuantizedConv2D`, with x [N, K], w [O, K].
public struct QuantizedDense: QuantizedLayer {
  public static let name = "quantized_dense"

  public var sourceScale: Double
  public var sourceZero: Int
  public var activation: Activation?
  public var result: Requantization

  public init(
    sourceScale: Double, sourceZero: Int = 0, activation: Activation?, result: Requantization
  ) {
    self.sourceScale = sourceScale
    self.sourceZero = sourceZero
    self.activation = activation
    self.result = result
  }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    try expect(4, operands.map { b.type(of: $0) })
    let x = try dequantized(operands[0], sourceScale, sourceZero, &b)
    let scales = try b.add(one: Reshape([b.shape(of: operands[1])[0], 1]), operands[2])
    let w = try b.add(one: Multiply(), b.add(one: Cast(to: .f32), operands[1]), scales)
    let product = try b.add(one: MatMul(transposeB: true), x, w)
    let y = try b.add(one: Add(), product, operands[3])
    return [try finish(y, &b)]
  }

  public static let samples = [
    sample(
      rows: 4, depth: 32, outputs: 16, .u8, .relu, Requantization(dtype: .u8, scale: 0.05)),
    sample(rows: 1, depth: 37, outputs: 5, .u8, nil, Requantization(dtype: .f32, scale: 1)),
    sample(
      rows: 3, depth: 1, outputs: 17, .u8, .clip(-1, 2), Requantization(dtype: .i8, scale: 0.05)),
    sample(
      rows: 2, depth: 64, outputs: 33, .i8, .gelu(tanh: false),
      Requantization(dtype: .i8, scale: 0.02)),
    sample(rows: 141, depth: 6, outputs: 8, .i8, .relu, Requantization(dtype: .u8, scale: 0.01)),
    sample(
      rows: 7, depth: 3075, outputs: 24, .u8, .gelu(tanh: false),
      Requantization(dtype: .f32, scale: 1)),
    sample(rows: 6, depth: 20, outputs: 12, .u8, .silu, Requantization(dtype: .u8, scale: 0.02)),
  ]

  private static func sample(
    rows: Int, depth: Int, outputs: Int, _ source: DType, _ activation: Activation?,
    _ result: Requantization
  ) -> Sample {
    Sample(
      QuantizedDense(sourceScale: 0.3 / Double(depth), activation: activation, result: result),
      [
        .integers([rows, depth], source == .u8 ? 0...255 : -128...127, source),
        .integers([outputs, depth], -63...63, .i8), .uniform([outputs], 0.001...0.002),
        .normal([outputs]),
      ], differentiable: false, onnx: false,
      tolerance: result.dtype == .f32 ? 1e-4 : 1.01 / (result.dtype == .u8 ? 255 : 128))
  }
}

private func dequantized(
  _ x: Value, _ scale: Double, _ zero: Int, _ b: inout GraphBuilder
) throws -> Value {
  let scale = try b.add(one: Constant(TensorData(scalar: Float(scale))))
  var real = try b.add(one: Cast(to: .f32), x)
  if zero != 0 {
    real = try b.add(
      one: Subtract(), real, b.add(one: Constant(TensorData(scalar: Float(zero)))))
  }
  return try b.add(one: Multiply(), real, scale)
}
