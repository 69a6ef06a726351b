import LeptonGraph
import LeptonOps
import LeptonValues

extension Pass {
  /// Turns quantise-dequantise pairs around convolutions and dense layers into integer kernels, bias, activation and
  /// requantisation in the epilogue. Pairs that match no kernel stay what they mean: a rounding in real arithmetic.
  public static let foldQuantization = Pass("fold-quantization") { graph in
    guard graph.nodes.contains(where: { $0.op is Quantize || $0.op is Dequantize }) else {
      return graph
    }
    return try integerKernels(hoistQuantization(graph))
  }
}

/// Moves roundings before poolings and reshapes, which pass integers on as well as reals: a maximum of rounded numbers is
/// the rounded maximum.
private func hoistQuantization(_ graph: Graph) throws -> Graph {
  var graph = graph
  var moved = true
  while moved {
    moved = false
    let index = GraphIndex(graph)
    var made: [Value: Node] = [:]
    graph = try graph.rewritten { node, operands, b in
      if let quantize = node.op as? Quantize, quantize.axis == nil,
        index.hasOneUse(node.operands[0]),
        let producer = made[operands[0]], producer.op is MaxPool2D || producer.op is Reshape
      {
        moved = true
        let rounded = try b.add(quantize, [producer.operand] + operands.dropFirst())
        return try b.add(producer.op, rounded)
      }
      let results = try b.add(node.op, operands)
      for result in results { made[result] = b.graph.nodes.last }
      return results
    }
  }
  return graph
}

private func integerKernels(_ graph: Graph) throws -> Graph {
  let index = GraphIndex(graph)
  var facts = Facts()
  return try graph.rewritten { node, operands, b in
    if let constant = node.op as? Constant {
      let value = try b.add(one: constant)
      facts.constants[value] = constant.value
      return [value]
    }
    if let kernel = try integerForm(node, operands, index, facts, &b) {
      let values = try kernel.operands.map { try $0.value(&b, &facts) }
      let result = try b.add(kernel.op, values)[0]
      facts.made[result] = Node(op: kernel.op, operands: values, results: [result])
      return [result]
    }
    if let rounding = Rounding(node, operands, facts) {
      let op = FusedElementwise(program: rounding.program, dtypes: [b.rounded(node, graph)])
      let result = try b.add(op, [operands[0]])[0]
      facts.made[result] = Node(op: node.op, operands: operands, results: [result])
      return [result]
    }
    let results = try b.add(node.op, operands)
    for result in results { facts.made[result] = b.graph.nodes.last }
    return results
  }
}

/// What is known of the values of the graph under construction.
private struct Facts {
  /// The node, as it was meant, that made a value.
  var made: [Value: Node] = [:]
  var constants: [Value: TensorData] = [:]

  /// The integers and the scale behind a dequantised activation with zero point 0.
  func activation(_ value: Value) -> (integers: Value, scale: Double)? {
    guard let node = made[value], (node.op as? Dequantize)?.axis == nil, node.op is Dequantize,
      let scale = scalar(node.operands[1]), isZero(node.operands, 2)
    else { return nil }
    return (node.operands[0], scale)
  }

  /// The integers [O, ...] and scales [O] behind dequantised constant weights with zero point 0.
  func weights(_ value: Value) -> (integers: Value, scales: TensorData)? {
    guard let node = made[value], let op = node.op as? Dequantize,
      let integers = constants[node.operands[0]], integers.dtype == .i8,
      let scale = constants[node.operands[1]], isZero(node.operands, 2),
      op.axis == nil || op.axis == 0
    else { return nil }
    let channels = integers.shape[0]
    guard scale.elementCount == 1 || scale.elementCount == channels else { return nil }
    let scales =
      scale.elementCount == channels
      ? scale.floats : [Float](repeating: scale.floats[0], count: channels)
    return (node.operands[0], TensorData(scales, shape: [channels]))
  }

  /// A constant real vector, itself or dequantised.
  func reals(_ value: Value) -> TensorData? {
    if let data = constants[value] { return data.dtype == .f32 ? data : nil }
    guard let node = made[value], let op = node.op as? Dequantize,
      let inputs = node.operands.map({ constants[$0] }) as? [TensorData]
    else { return nil }
    return try? op.reference(inputs, [TensorType(.f32, inputs[0].shape)])[0]
  }

  func scalar(_ value: Value) -> Double? {
    guard let data = constants[value], data.elementCount == 1 else { return nil }
    return data.doubles[0]
  }

  func isZero(_ operands: [Value], _ position: Int) -> Bool {
    guard operands.indices.contains(position) else { return true }
    return constants[operands[position]]?.doubles.allSatisfy { $0 == 0 } ?? false
  }
}

/// An operand of an integer kernel: a value that exists, or a constant to be made.
private enum Operand {
  case value(Value)
  case constant(TensorData)

  func value(_ b: inout GraphBuilder, _ facts: inout Facts) throws -> Value {
    switch self {
    case .value(let value): return value
    case .constant(let data):
      let value = try b.add(one: Constant(data))
      facts.constants[value] = data
      return value
    }
  }
}

private func integerForm(
  _ node: Node, _ operands: [Value], _ index: GraphIndex, _ facts: Facts, _ b: inout GraphBuilder
) throws -> (op: any Op, operands: [Operand])? {
  let real = Requantization(dtype: .f32, scale: 1)
  switch node.op {
  case let conv as Conv2D:
    guard let x = facts.activation(operands[0]), let w = facts.weights(operands[1]),
      let bias = operands.count == 3
        ? facts.reals(operands[2]) : TensorData(zeros: w.scales.type)
    else { return nil }
    return (
      QuantizedConv2D(conv: conv, sourceScale: x.scale, activation: nil, result: real),
      [.value(x.integers), .value(w.integers), .constant(w.scales), .constant(bias)]
    )
  case let product as MatMul:
    guard product == MatMul(transposeB: true), let x = facts.activation(operands[0]),
      let w = facts.weights(operands[1]), b.shape(of: w.integers).rank == 2
    else { return nil }
    return (
      QuantizedDense(sourceScale: x.scale, activation: nil, result: real),
      [
        .value(x.integers), .value(w.integers), .constant(w.scales),
        .constant(TensorData(zeros: w.scales.type)),
      ]
    )
  case is Add:
    for (own, other) in [(0, 1), (1, 0)] where index.hasOneUse(node.operands[own]) {
      guard let kernel = facts.made[operands[own]], let dense = kernel.op as? QuantizedDense,
        dense.activation == nil, dense.result == real, let bias = facts.reals(operands[other]),
        bias.shape == b.shape(of: kernel.operands[3]), facts.isZero(kernel.operands, 3)
      else { continue }
      return (dense, kernel.operands.prefix(3).map { .value($0) } + [.constant(bias)])
    }
    return nil
  case let op as any ElementwiseOp:
    guard let activation = op.activation, index.hasOneUse(node.operand),
      let kernel = facts.made[operands[0]],
      let fused = kernel.op.with(result: real, activation: activation)
    else { return nil }
    return (fused, kernel.operands.map { .value($0) })
  case let quantize as Quantize:
    guard quantize.axis == nil, index.hasOneUse(node.operands[0]),
      let kernel = facts.made[operands[0]], let scale = facts.scalar(operands[1]),
      facts.isZero(operands, 2),
      let fused = kernel.op.with(result: Requantization(dtype: quantize.dtype, scale: scale))
    else { return nil }
    return (fused, kernel.operands.map { .value($0) })
  default: return nil
  }
}

extension Op {
  /// The integer kernel, as yet with a real result, with another result or activation.
  fileprivate func with(result: Requantization, activation: Activation? = nil) -> (any Op)? {
    if var conv = self as? QuantizedConv2D, conv.result.dtype == .f32 {
      guard activation == nil || conv.activation == nil else { return nil }
      conv.result = result
      conv.activation = activation ?? conv.activation
      return conv
    }
    if var dense = self as? QuantizedDense, dense.result.dtype == .f32 {
      guard activation == nil || dense.activation == nil else { return nil }
      dense.result = result
      dense.activation = activation ?? dense.activation
      return dense
    }
    return nil
  }
}

/// A quantisation or dequantisation by constants as a scalar program.
private struct Rounding {
  let program: ScalarProgram

  init?(_ node: Node, _ operands: [Value], _ facts: Facts) {
    guard (node.op as? Quantize)?.axis == nil, (node.op as? Dequantize)?.axis == nil,
      node.op is Quantize || node.op is Dequantize, let scale = facts.scalar(operands[1]),
      let zero = operands.count > 2 ? facts.scalar(operands[2]) : 0,
      facts.constants[operands[0]] == nil
    else { return nil }
    var p = ScalarProgram(operandCount: 1)
    if node.op is Quantize {
      let rounded = p.step(.roundToEven, p.step(.divide, p.operands[0], p.constant(scale)))
      p.results = [p.step(.add, rounded, p.constant(zero))]
    } else {
      let centered = p.step(.subtract, p.operands[0], p.constant(zero))
      p.results = [p.step(.multiply, centered, p.constant(scale))]
    }
    program = p
  }
}

extension GraphBuilder {
  /// The element type that a quantisation or dequantisation makes.
  fileprivate func rounded(_ node: Node, _ graph: Graph) -> DType {
    graph.type(of: node.result).dtype
  }
}
