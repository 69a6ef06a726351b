public import LeptonGraph
public import LeptonValues

/// Where the result of an integer kernel goes.
public struct Requantization: Sendable, Hashable, Codable {
  /// `u8` or `i8` with `scale`; `f32` leaves the result as it is.
  public var dtype: DType
  /// One step of the result's integers, as a real number; unused for `f32`.
  public var scale: Double

  public init(dtype: DType, scale: Double) {
    self.dtype = dtype
    self.scale = scale
  }

  /// Rounds a real result to where it goes.
  func apply(to value: Value, _ b: inout GraphBuilder) throws -> Value {
    guard dtype != .f32 else { return value }
    let scale = try b.add(one: Constant(TensorData(scalar: Float(self.scale))))
    let zero = try b.add(one: Constant(TensorData([0], as: TensorType(dtype, []))))
    return try b.add(one: Quantize(dtype: dtype, axis: nil), value, scale, zero)
  }
}

/// An int8 convolution with everything folded in: integer input and weights, integer or real result.
///
/// `result = requantize(activation(sourceScale * weightScale[o] * conv(x, w) + bias))`. Operands: x (u8 or i8, zero point 0),
/// w (i8), weight scales f32 [O], bias f32 [O].
public struct QuantizedConv2D: CompositeOp {
  public static let name = "quantized_conv2d"

  public var conv: Conv2D
  public var sourceScale: Double
  public var activation: Activation?
  public var result: Requantization

  public init(
    conv: Conv2D, sourceScale: Double, activation: Activation?, result: Requantization
  ) {
    self.conv = conv
    self.sourceScale = sourceScale
    self.activation = activation
    self.result = result
  }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    try expect(4, operands.map { b.type(of: $0) })
    let x = try dequantized(operands[0], by: sourceScale, &b)
    let channels = b.shape(of: operands[1])[0]
    let scales = try b.add(one: Reshape([channels, 1, 1, 1]), operands[2])
    let w = try b.add(one: Multiply(), b.add(one: Cast(to: .f32), operands[1]), scales)
    let y = try b.add(conv, [x, w, operands[3]])[0]
    return [try result.apply(to: activation?.apply(to: y, &b) ?? y, &b)]
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
        .integers([2, 3, 9, 8], 0...255, .u8), .integers([16, 3, 5, 4], -64...64, .i8),
        .uniform([16], 0.001...0.003), .normal([16]),
      ], differentiable: false, onnx: false, tolerance: 1.01 / 128),
  ]
}

/// An int8 dense layer: as `QuantizedConv2D`, with x [N, K], w [O, K].
public struct QuantizedDense: CompositeOp {
  public static let name = "quantized_dense"

  public var sourceScale: Double
  public var activation: Activation?
  public var result: Requantization

  public init(sourceScale: Double, activation: Activation?, result: Requantization) {
    self.sourceScale = sourceScale
    self.activation = activation
    self.result = result
  }

  public func decompose(_ operands: [Value], _ b: inout GraphBuilder) throws -> [Value] {
    try expect(4, operands.map { b.type(of: $0) })
    let x = try dequantized(operands[0], by: sourceScale, &b)
    let scales = try b.add(one: Reshape([b.shape(of: operands[1])[0], 1]), operands[2])
    let w = try b.add(one: Multiply(), b.add(one: Cast(to: .f32), operands[1]), scales)
    let product = try b.add(one: MatMul(transposeB: true), x, w)
    let y = try b.add(one: Add(), product, operands[3])
    return [try result.apply(to: activation?.apply(to: y, &b) ?? y, &b)]
  }

  public static let samples = [
    Sample(
      QuantizedDense(
        sourceScale: 0.02, activation: .relu, result: Requantization(dtype: .u8, scale: 0.05)),
      [
        .integers([4, 32], 0...255, .u8), .integers([16, 32], -63...63, .i8),
        .uniform([16], 0.001...0.002), .normal([16]),
      ], differentiable: false, onnx: false, tolerance: 1.01 / 255)
  ]
}

private func dequantized(
  _ x: Value, by scale: Double, _ b: inout GraphBuilder
) throws -> Value {
  let scale = try b.add(one: Constant(TensorData(scalar: Float(scale))))
  return try b.add(one: Multiply(), b.add(one: Cast(to: .f32), x), scale)
}
