public import LeptonGraph
public import LeptonValues

/// Real numbers as integers: `round(x / scale) + zeroPoint`, ties to even, saturating.
///
/// Operands: x, scale of x's type, zero point of the integer type; both scalars or, with `axis`, one
/// number for each index of that axis.
public struct Quantize: Op {
  public static let name = "quantize"

  /// i8 or u8.
  public var dtype: DType
  /// The axis along which scales differ; a negative one counts from the back. nil: one scale.
  public var axis: Int?

  public init(dtype: DType, axis: Int? = nil) {
    self.dtype = dtype
    self.axis = axis
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(3, operands)
    guard dtype == .i8 || dtype == .u8 else {
      throw LeptonError(.badInput, "quantize: \(dtype) is not i8 or u8")
    }
    try requireFloat(Array(operands[..<2]))
    guard operands[2].dtype == dtype else {
      throw LeptonError(
        .badInput, "quantize: the zero point is \(operands[2].dtype)", fix: "it must be \(dtype)")
    }
    try requireScale(operands, axis: axis)
    return [operands[0].with(dtype: dtype)]
  }

  /// Rounding has no slope.
  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] { [nil, nil, nil] }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let row = try ScaleIndex(axis.map { try resolve($0, in: results[0].shape) }, results[0].shape)
    let (scale, zero) = (operands[1].doubles, operands[2].doubles)
    // The quotient is a number of the operands' type before it is a whole one: halves come about there.
    let isSingle = operands[0].dtype == .f32
    let q = operands[0].doubles.enumerated().map { position, x in
      let quotient = x / scale[row[position]]
      return (isSingle ? Double(Float(quotient)) : quotient).rounded(.toNearestOrEven)
        + zero[row[position]]
    }
    return [TensorData(q, as: results[0])]
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    Cost(flops: 2 * results[0].shape.elementCount, operands, results)
  }

  public static let samples = [
    Sample(
      Quantize(dtype: .i8),
      [.normal([3, 4]), .uniform([], 0.01...0.02), .integers([], 0...0, .i8)],
      differentiable: false),
    Sample(
      Quantize(dtype: .u8),
      [.uniform([2, 17], -3...3), .uniform([], 0.01...0.02), .integers([], 120...130, .u8)],
      differentiable: false),
    Sample(
      Quantize(dtype: .i8, axis: 0),
      [.normal([4, 3, 2, 2]), .uniform([4], 0.005...0.02), .integers([4], 0...0, .i8)],
      differentiable: false),
    Sample(
      Quantize(dtype: .u8, axis: -1),
      [.normal([2, 5]), .uniform([5], 0.005...0.02), .integers([5], 0...255, .u8)],
      differentiable: false),
    Sample(
      Quantize(dtype: .i8),
      [
        .values(TensorData([0.5, 1.5, 2.5, -0.5, -1.5, 1e9, -1e9] as [Float], shape: [7])),
        .values(TensorData(scalar: Float(1))), .values(TensorData(scalar: Int8(1))),
      ], differentiable: false),
  ]

  public static let onnxReaders: [String: ONNXReader] = [
    "QuantizeLinear": { node, context in
      let zero = node.optionalInput(2)
      let stated = try node.dtype("output_dtype")
      let dtype = zero.map { context.builder.dtype(of: $0) } ?? stated ?? .u8
      guard dtype.isInteger && dtype.bitCount <= 16 || dtype.isStorageOnly else {
        throw node.error("numbers are not quantised to \(dtype)")
      }
      let y = try context.quantized(
        node.input(0), scale: node.input(1), zero: zero, to: dtype, QuantizationForm(node), node)
      return [y]
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit("QuantizeLinear", for: node, axis.map { ["axis": .int($0)] } ?? [:])
  }
}
