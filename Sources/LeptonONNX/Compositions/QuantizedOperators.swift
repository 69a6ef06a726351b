import LeptonGraph
import LeptonOps
import LeptonValues

/// Operators on quantised operands that ONNX Runtime's quantiser writes in its own domain. Each computes what the operator
/// of ONNX does with what its operands stand for, and quantises that.
extension Compositions {
  static let quantizedReaders: [String: ONNXReader] = [
    "QLinearAdd": quantized("Add", operands: [0, 3], result: 6),
    "QLinearMul": quantized("Mul", operands: [0, 3], result: 6),
    "QLinearSigmoid": quantized("Sigmoid", operands: [0], result: 3),
    "QLinearLeakyRelu": quantized("LeakyRelu", operands: [0], result: 3),
    "QLinearGlobalAveragePool": quantized("GlobalAveragePool", operands: [0], result: 3),
    "QLinearAveragePool": quantized("AveragePool", operands: [0], result: 3),
    "QLinearSoftmax": readQLinearSoftmax,
    "QLinearConcat": readQLinearConcat,
    "QLinearWhere": quantized("Where", plain: [0], operands: [1, 4], result: 7),
    "QGemm": readQGemm,
    "DynamicQuantizeLSTM": readDynamicQuantizeLSTM,
  ].reduce(into: [:]) { readers, entry in readers["com.microsoft.\(entry.key)"] = entry.value }

  /// An operator of ONNX between quantised operands, each with scale and zero point behind it, and a quantised result, whose
  /// scale stands at `result`; inputs in `plain` come first, and are not quantised.
  private static func quantized(
    _ opType: String, plain: [Int] = [], operands: [Int], result: Int
  ) -> ONNXReader {
    { node, context in
      let inputs =
        try plain.map { try node.input($0) } + operands.map { try context.real(node, $0) }
      let y = try context.standard(opType, inputs, of: node)
      return [try context.requantized(y, node, scale: result, like: operands[0])]
    }
  }

  /// A softmax in the form of the opset that an attribute names.
  private static let readQLinearSoftmax: ONNXReader = { node, context in
    var plain = node
    plain.opset = try node.requiredInt("opset")
    plain.attributes["opset"] = nil
    let y = try context.standard("Softmax", [context.real(node, 0)], of: plain)
    return [try context.requantized(y, node, scale: 3, like: 0)]
  }

  /// Scale and zero point of the result, then those of each operand behind it.
  private static let readQLinearConcat: ONNXReader = { node, context in
    guard node.inputs.count >= 5, node.inputs.count % 3 == 2 else {
      throw node.error("it has \(node.inputs.count) inputs, not two and three for each operand")
    }
    let operands = try stride(from: 2, to: node.inputs.count, by: 3).map {
      try context.real(node, $0)
    }
    let y = try context.standard("Concat", operands, of: node)
    return [try context.requantized(y, node, scale: 0, like: 2)]
  }

  /// A product with a bias in steps of both scales; the result is real where its scale is missing.
  private static let readQGemm: ONNXReader = { node, context in
    let column = node.int("transB", default: 0) == 0 ? 1 : 0
    var inputs = [try context.real(node, 0), try context.real(node, 3, axis: column)]
    if let bias = node.optionalInput(6) {
      let alpha = node.float("alpha", default: 1)
      let step = try context.times(context.times(node.input(1), node.input(4)), alpha)
      let isOne = context.shape(of: step).elementCount == 1
      var form = QuantizationForm()
      form.axis = context.shape(of: bias).rank - 1
      inputs.append(
        try context.dequantized(
          bias, scale: context.reshaped(step, isOne ? [] : [-1]), zero: nil, form, node))
    }
    let y = try context.standard("Gemm", inputs, of: node)
    guard node.optionalInput(7) != nil else { return [y] }
    return [try context.requantized(y, node, scale: 7, like: 0)]
  }
}

extension ONNXReadContext {
  /// What an operator of ONNX itself makes of `inputs`, with the attributes of `node`.
  fileprivate mutating func standard(
    _ opType: String, _ inputs: [Value], of node: ONNXNode
  ) throws -> Value {
    guard node.int("channels_last", default: 0) == 0 else {
      throw node.error(
        "channels_last is not supported", fix: "quantise the model with channels first")
    }
    guard let read = OpSet.all.lazy.compactMap({ $0.onnxReaders[opType] }).first else {
      throw node.error("\(opType) has no reader")
    }
    var plain = node
    plain.opType = opType
    plain.inputs = inputs
    plain.attributes["channels_last"] = nil
    return try read(plain, &self)[0]
  }

  /// The result in steps of the scale at `index`, in the type of its zero point, or of an operand where there is none.
  fileprivate mutating func requantized(
    _ y: Value, _ node: ONNXNode, scale index: Int, like operand: Int
  ) throws -> Value {
    let zero = node.optionalInput(index + 1)
    return try quantized(
      y, scale: node.input(index), zero: zero, to: dtype(of: zero ?? node.input(operand)),
      QuantizationForm(), node)
  }
}
