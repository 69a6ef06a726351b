package import LeptonGraph
package import LeptonValues

/// How ONNX's quantisation says its scales: one, one for each index of an axis, or one for each block along it.
package struct QuantizationForm: Sendable {
  package var axis = 1
  /// Elements of a block; 0 where there are none.
  package var blockSize = 0
  package var saturates = true
  /// In which the quotient is computed; nil: that of the scale.
  package var precision: DType?

  package init() {}

  init(_ node: ONNXNode) throws {
    axis = node.int("axis", default: 1)
    blockSize = node.int("block_size", default: 0)
    saturates = node.int("saturate", default: 1) != 0
    precision = try node.dtype("precision")
    guard blockSize >= 0 else { throw node.error("blocks of \(blockSize) elements") }
  }
}

extension ONNXNode {
  /// The element type that an attribute names; nil where it is left out.
  package func dtype(_ name: String) throws -> DType? {
    let code = int(name, default: 0)
    if code == 0 { return nil }
    guard let dtype = DType(onnxCode: code) else {
      throw error("\(name): element type \(code) is not supported", fix: DType.onnxFix)
    }
    return dtype
  }
}

extension ONNXReadContext {
  /// `round(x / scale) + zero` within the range of `dtype`, or for floating-point types the nearest. Where the integer kernels
  /// know the form it stays one operation, else it is written out.
  package mutating func quantized(
    _ x: Value, scale: Value, zero: Value?, to dtype: DType, _ form: QuantizationForm,
    _ node: ONNXNode
  ) throws -> Value {
    if dtype == .i8 || dtype == .u8, form.blockSize == 0, form.precision == nil,
      builder.dtype(of: x) == builder.dtype(of: scale), builder.shape(of: scale).rank <= 1
    {
      return try plainQuantized(x, scale, zero, dtype, form, node)
    }
    let wide = form.precision ?? wider(builder.dtype(of: x), builder.dtype(of: scale))
    let divisor = try spread(scale, over: x, form, node)
    let quotient = try builder.add(
      one: Divide(), builder.cast(x, to: wide), builder.cast(divisor, to: wide))
    if !dtype.isInteger {
      var y = quotient
      if let zero, dtype == .f4e2m1 {
        let offset = try builder.cast(spread(zero, over: x, form, node), to: wide)
        y = try builder.add(one: Add(), y, offset)
      }
      return try builder.add(one: Cast(to: dtype, saturates: form.saturates ? nil : false), y)
    }
    var y = try builder.add(one: Round(), quotient)
    if let zero {
      let offset = try builder.cast(spread(zero, over: x, form, node), to: wide)
      y = try builder.add(one: Add(), y, offset)
    }
    let range = dtype.wholeRange
    y = try builder.add(one: Clip(low: range.lowerBound, high: range.upperBound), y)
    return try builder.add(one: Cast(to: dtype), y)
  }

  /// `(q - zero) · scale`, in the type of the scale or `output`.
  package mutating func dequantized(
    _ q: Value, scale: Value, zero: Value?, _ form: QuantizationForm, output: DType? = nil,
    _ node: ONNXNode
  ) throws -> Value {
    let dtype = builder.dtype(of: q)
    if [.i8, .u8, .i32].contains(dtype), form.blockSize == 0, output == nil,
      builder.shape(of: scale).rank <= 1
    {
      let (scale, zero, axis) = try plainScale(q, scale, zero, dtype, form, node)
      return try builder.add(one: Dequantize(axis: axis), q, scale, zero)
    }
    let wide = wider(.f32, builder.dtype(of: scale))
    var y = try builder.cast(q, to: wide)
    if let zero, dtype.isInteger {
      let offset = try builder.cast(spread(zero, over: q, form, node), to: wide)
      y = try builder.add(one: Subtract(), y, offset)
    }
    let factor = try builder.cast(spread(scale, over: q, form, node), to: wide)
    y = try builder.add(one: Multiply(), y, factor)
    return try builder.cast(y, to: output ?? builder.dtype(of: scale))
  }

  private mutating func plainQuantized(
    _ x: Value, _ scale: Value, _ zero: Value?, _ dtype: DType, _ form: QuantizationForm,
    _ node: ONNXNode
  ) throws -> Value {
    let (scale, zero, axis) = try plainScale(x, scale, zero, dtype, form, node)
    return try builder.add(one: Quantize(dtype: dtype, axis: axis), x, scale, zero)
  }

  /// Scale, zero point (zeros where it is left out) and axis; no axis where there is one scale.
  private mutating func plainScale(
    _ x: Value, _ scale: Value, _ zero: Value?, _ dtype: DType, _ form: QuantizationForm,
    _ node: ONNXNode
  ) throws -> (scale: Value, zero: Value, axis: Int?) {
    let shape = builder.shape(of: scale)
    let zero = try zero ?? addConstant(TensorData(zeros: TensorType(dtype, shape)))
    if shape.elementCount > 1 { return (scale, zero, form.axis) }
    guard shape.rank > 0 else { return (scale, zero, nil) }
    let single = Reshape([])
    return (try builder.add(one: single, scale), try builder.add(one: single, zero), nil)
  }

  /// Scales or zero points so that they broadcast with `x`.
  private mutating func spread(
    _ scale: Value, over x: Value, _ form: QuantizationForm, _ node: ONNXNode
  ) throws -> Value {
    let (shape, own) = (builder.shape(of: x), builder.shape(of: scale))
    if own.elementCount == 1 { return try builder.add(one: Reshape([]), scale) }
    guard let axis = shape.axis(form.axis) else {
      throw node.error("\(shape) has no axis \(form.axis)")
    }
    if own.rank == 1, form.blockSize == 0 {
      guard own[0] == shape[axis] else {
        throw node.error("\(own[0]) scales for the \(shape[axis]) indices of axis \(axis)")
      }
      let column = [own[0]] + [Int](repeating: 1, count: shape.rank - 1 - axis)
      return try builder.add(one: Reshape(column), scale)
    }
    // ONNX leaves the size of the blocks out where it follows from the extents.
    let blocks = own.rank == shape.rank ? own[axis] : 0
    let size =
      form.blockSize > 0 ? form.blockSize : blocks > 0 ? (shape[axis] + blocks - 1) / blocks : 0
    var expected = shape
    expected[axis] = size > 0 ? (shape[axis] + size - 1) / size : 0
    guard own == expected, size > 0 else {
      throw node.error(
        "scales \(own) for \(shape) in blocks of \(form.blockSize) along axis \(axis)")
    }
    let (before, behind) = (own[..<axis], own[(axis + 1)...])
    let column = try builder.add(one: Reshape(before + [blocks, 1] + behind), scale)
    let repeated = try builder.add(one: BroadcastTo(before + [blocks, size] + behind), column)
    let flat = try builder.add(one: Reshape(before + [blocks * size] + behind), repeated)
    if blocks * size == shape[axis] { return flat }
    return try builder.add(one: Slice(0..<shape[axis], axis: axis, rank: shape.rank), flat)
  }

  private func wider(_ a: DType, _ b: DType) -> DType {
    if a == b { return a }
    return a == .f64 || b == .f64 ? .f64 : .f32
  }
}

extension DType {
  /// The numbers that an integer type of at most 16 bits has.
  fileprivate var wholeRange: ClosedRange<Double> {
    let span = Double(sign: .plus, exponent: bitCount, significand: 1)
    return isUnsigned ? 0...(span - 1) : -span / 2...(span / 2 - 1)
  }
}
