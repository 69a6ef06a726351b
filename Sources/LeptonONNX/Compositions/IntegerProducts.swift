import LeptonGraph
import LeptonOps
import LeptonValues

/// Products of quantised operands.
extension Compositions {
  /// `(a - a0) (b - b0)`, exact, i32.
  static let readMatMulInteger: ONNXReader = { node, context in
    let a = try context.centred(node, 0, zero: 2) { shape, zero in
      zero.rank == 1 ? [-1, 1] : nil
    }
    let b = try context.centred(node, 1, zero: 3) { _, _ in nil }
    return [try context.exactProduct(a, b, node)]
  }

  /// The convolution of `x - x0` with `w - w0`, exact, i32.
  static let readConvInteger: ONNXReader = { node, context in
    let x = try context.centred(node, 0, zero: 2) { _, _ in nil }
    let w = try context.centred(node, 1, zero: 3) { shape, zero in
      zero.rank == 1 ? [-1] + [Int](repeating: 1, count: shape.rank - 1) : nil
    }
    let shape = context.shape(of: w)
    guard shape.rank > 2 else { throw node.error("weights \(shape)") }
    // Winograd's algorithm, which rounds, takes kernels of 3 by 3 over 16 channels or more.
    let isWinograd = shape[2...].allSatisfy { $0 == 3 }
    let channels = min(
      ONNXReadContext.exactTerms / max(1, shape[2...].reduce(1, *)), isWinograd ? 15 : .max)
    if shape[1] <= channels { return [try integers(x, w, node, &context)] }
    guard channels > 0, node.int("group", default: 1) == 1 else {
      return [try integers(context.cast(x, to: .f64), context.cast(w, to: .f64), node, &context)]
    }
    let sums = try stride(from: 0, to: shape[1], by: channels).map { start in
      let range = start..<min(start + channels, shape[1])
      return try integers(
        context.part(x, range, axis: 1), context.part(w, range, axis: 1), node, &context)
    }
    return [try sums.dropFirst().reduce(sums[0]) { try context.plus($0, $1) }]
  }

  /// A convolution of whole numbers, few enough of them to be summed exactly.
  private static func integers(
    _ x: Value, _ w: Value, _ node: ONNXNode, _ context: inout ONNXReadContext
  ) throws -> Value {
    var conv = node
    conv.inputs = [x, w]
    return try context.cast(convolution(conv, &context), to: .i32)
  }

  /// Quantised operands, product of what they stand for, quantised.
  static let readQLinearMatMul: ONNXReader = { node, context in
    let a = try context.real(node, 0, axis: -2)
    let b = try context.real(node, 3, axis: -1)
    let product = try context.builder.add(one: MatMul(), a, b)
    let zero = try node.input(7)
    var form = QuantizationForm()
    form.axis = -2
    let y = try context.quantized(
      product, scale: context.cast(node.input(6), to: context.dtype(of: product)), zero: zero,
      to: context.dtype(of: zero), form, node)
    return [y]
  }

  /// Quantised operands, convolution of what they stand for, quantised. The bias is in steps of both scales.
  static let readQLinearConv: ONNXReader = { node, context in
    let x = try context.real(node, 0, axis: 1)
    let w = try context.real(node, 3, axis: 0)
    var conv = node
    conv.inputs = [x, w]
    if let bias = node.optionalInput(8) {
      let step = try context.times(node.input(1), node.input(4))
      let scale = try context.reshaped(step, context.shape(of: step).elementCount == 1 ? [] : [-1])
      var form = QuantizationForm()
      form.axis = 0
      conv.inputs.append(
        try context.dequantized(bias, scale: scale, zero: nil, form, node))
    }
    let y = try Compositions.convolution(conv, &context)
    let zero = try node.input(7)
    let quantized = try context.quantized(
      y, scale: node.input(6), zero: zero, to: context.dtype(of: zero), QuantizationForm(), node)
    return [quantized]
  }

  /// u8 over the range of the elements and 0, with its scale and zero point.
  static let readDynamicQuantizeLinear: ONNXReader = { node, context in
    let x = try context.dynamicallyQuantized(node.input(0), node)
    return [x.values, x.scale, x.zero]
  }

  /// LSTM whose products are those of DynamicQuantizeLinear and MatMulInteger.
  static let readDynamicQuantizeLSTM = DynamicallyQuantizedLSTM.reader {
    rows, weight, node, context in
    let x = try context.dynamicallyQuantized(rows, node)
    let sums = try context.exactProduct(
      context.centred(x.values, x.zero), context.centred(weight.values, weight.zero), node)
    let scale = try context.times(x.scale, weight.scale)
    return try context.times(context.cast(sums, to: .f32), scale)
  }

  private static func convolution(
    _ node: ONNXNode, _ context: inout ONNXReadContext
  ) throws -> Value {
    guard let read = Conv2D.onnxReaders["Conv"] else { throw node.error("it has no reader") }
    return try read(node, &context)[0]
  }
}

extension ONNXReadContext {
  /// So many products of numbers of nine bits add up exactly in single precision.
  fileprivate static let exactTerms = 256

  /// u8 over the range of the elements and 0.
  fileprivate mutating func dynamicallyQuantized(
    _ x: Value, _ node: ONNXNode
  ) throws -> (values: Value, scale: Value, zero: Value) {
    let axes = Array(shape(of: x).indices)
    let nothing = try number(0, like: x)
    let high = try add(Maximum(), nothing, add(Reduce(.max, axes: axes, keepDims: false), x))
    let low = try add(Minimum(), nothing, add(Reduce(.min, axes: axes, keepDims: false), x))
    let span = try minus(high, low)
    let isFlat = try add(Equal(), span, nothing)
    let range = try add(Select(), isFlat, number(1, like: x), span)
    let scale = try over(range, number(255, like: x))
    let start = try over(add(Neg(), low), scale)
    let zero = try cast(add(Round(), add(Clip(low: 0, high: 255), start)), to: .u8)
    let values = try quantized(x, scale: scale, zero: zero, to: .u8, QuantizationForm(), node)
    return (values, scale, zero)
  }

  fileprivate mutating func centred(_ x: Value, _ zero: Value) throws -> Value {
    try minus(cast(x, to: .f32), cast(zero, to: .f32))
  }

  /// An operand in single precision less its zero point, which `extents` may give other axes.
  fileprivate mutating func centred(
    _ node: ONNXNode, _ index: Int, zero position: Int, extents: (Shape, Shape) -> [Int]?
  ) throws -> Value {
    let x = try cast(node.input(index), to: .f32)
    guard let zero = node.optionalInput(position) else { return x }
    var offset = try cast(zero, to: .f32)
    if let column = extents(shape(of: x), shape(of: offset)) {
      offset = try reshaped(offset, column)
    }
    return try minus(x, offset)
  }

  /// The product in i32: sums of a few terms are exact in single precision, and are added as integers.
  fileprivate mutating func exactProduct(_ a: Value, _ b: Value, _ node: ONNXNode) throws -> Value {
    guard let read = MatMul.onnxReaders["MatMul"] else { throw node.error("it has no reader") }
    let (shapeA, shapeB) = (shape(of: a), shape(of: b))
    guard let terms = shapeA.last, shapeB.rank > 0 else {
      throw node.error("\(shapeA) x \(shapeB)")
    }
    guard terms <= 4096 * Self.exactTerms else {
      var wide = node
      wide.inputs = [try cast(a, to: .f64), try cast(b, to: .f64)]
      return try cast(read(wide, &self)[0], to: .i32)
    }
    let axisB = max(shapeB.rank - 2, 0)
    var total: Value?
    for start in stride(from: 0, to: max(terms, 1), by: Self.exactTerms) {
      let range = start..<min(start + Self.exactTerms, terms)
      var part = node
      part.inputs = [
        try self.part(a, range, axis: shapeA.rank - 1), try self.part(b, range, axis: axisB),
      ]
      let sum = try cast(read(part, &self)[0], to: .i32)
      total = try total.map { try plus($0, sum) } ?? sum
    }
    guard let total else { throw node.error("\(shapeA) x \(shapeB)") }
    return total
  }

  /// What the operand at `index` stands for, with the scale and zero point behind it.
  mutating func real(_ node: ONNXNode, _ index: Int, axis: Int = 1) throws -> Value {
    var form = QuantizationForm()
    let q = try node.input(index)
    form.axis = shape(of: q).rank == 1 ? 0 : axis
    let scale = try cast(node.input(index + 1), to: .f32)
    return try dequantized(q, scale: scale, zero: node.optionalInput(index + 2), form, node)
  }
}
