import LeptonGraph
import LeptonOps
import LeptonValues

/// What is known of the values of a graph under construction.
struct QuantizationFacts {
  /// The node, as it was meant, that made a value.
  var made: [Value: Node] = [:]
  var constants: [Value: TensorData] = [:]
  /// The integer kernel that made a value.
  var kernels: [Value: IntegerKernel] = [:]

  /// The integers behind a dequantised activation.
  struct Activation {
    let integers: Value
    let scale: Double
    let zero: Int
  }

  func activation(_ value: Value) -> Activation? {
    guard let node = made[value], let op = node.op as? Dequantize, op.axis == nil,
      constants[node.operands[0]] == nil, let scale = scalar(node.operands[1]),
      let zero = zeroPoint(node.operands)
    else { return nil }
    return Activation(integers: node.operands[0], scale: scale, zero: zero)
  }

  /// The integers [O, ...] and scales [O] behind dequantised constant weights with zero point 0, whose outputs lie along
  /// `axis`.
  func weights(_ value: Value, outputs axis: Int) -> (integers: TensorData, scales: TensorData)? {
    guard let node = made[value], let op = node.op as? Dequantize else {
      return axis == 0 ? movedWeights(value) : nil
    }
    guard let integers = constants[node.operands[0]], integers.dtype == .i8,
      let scale = constants[node.operands[1]], scale.dtype == .f32,
      isZero(node.operands, 2),
      op.axis == nil || (op.axis! + integers.shape.rank) % integers.shape.rank == axis
    else { return nil }
    let channels = integers.shape[axis]
    guard scale.elementCount == 1 || scale.elementCount == channels else { return nil }
    let scales =
      scale.elementCount == channels
      ? scale.floats : [Float](repeating: scale.floats[0], count: channels)
    guard axis == 1 else { return (integers, TensorData(scales, shape: [channels])) }
    let depth = integers.shape[0]
    let transposed = integers.stepped(to: [channels, depth], by: [1, channels])
    return (transposed, TensorData(scales, shape: [channels]))
  }

  /// Weights whose rows went elsewhere after they were dequantised, as those of recurrent layers in ONNX.
  private func movedWeights(_ value: Value) -> (integers: TensorData, scales: TensorData)? {
    guard let (integers, steps) = elements(value), integers.shape.rank > 0 else { return nil }
    let outputs = integers.shape[0]
    let inner = integers.elementCount / max(1, outputs)
    let all = steps.floats
    guard inner > 0, all.indices.allSatisfy({ all[$0] == all[$0 / inner * inner] }) else {
      return nil
    }
    return (integers, steps.stepped(to: [outputs], by: [inner]))
  }

  /// Every integer and its scale behind constants that were dequantised and then moved.
  private func elements(_ value: Value) -> (integers: TensorData, scales: TensorData)? {
    guard let node = made[value] else { return nil }
    if let op = node.op as? Dequantize {
      guard let integers = constants[node.operands[0]], integers.dtype == .i8,
        let scales = constants[node.operands[1]], scales.dtype == .f32, isZero(node.operands, 2)
      else { return nil }
      // Every integer taken as 1.
      let ones = TensorData(
        [Int8](repeating: 1, count: integers.elementCount), shape: integers.shape)
      let zeros = TensorData(zeros: TensorType(.i8, scales.shape))
      let type = TensorType(.f32, integers.shape)
      return (try? op.reference([ones, scales, zeros], [type])[0]).map { (integers, $0) }
    }
    guard node.op is Reshape || node.op is Gather || node.op is Slice || node.op is Transpose,
      let (integers, scales) = elements(node.operands[0]),
      let others = node.operands.dropFirst().map({ constants[$0] }) as? [TensorData]
    else { return nil }
    let moved = try? [integers, scales].map {
      let operands = [$0] + others
      return try node.op.reference(operands, node.op.resultTypes(of: operands.map(\.type)))[0]
    }
    return moved.map { ($0[0], $0[1]) }
  }

  /// The result of an operation on constants that makes no more of them, as biases go on their way to a kernel. What is
  /// dequantised stays integers.
  func folded(_ op: any Op, _ operands: [Value]) throws -> TensorData? {
    guard !(op is Quantize), !(op is Dequantize), !operands.isEmpty,
      let inputs = operands.map({ constants[$0] }) as? [TensorData]
    else { return nil }
    let types = try op.resultTypes(of: inputs.map(\.type))
    guard types.count == 1,
      types[0].shape.elementCount <= inputs.reduce(0, { $0 + $1.elementCount })
    else { return nil }
    return try op.reference(inputs, types)[0]
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

  /// The third operand of a quantisation or dequantisation with one scale; 0 where it has none.
  func zeroPoint(_ operands: [Value]) -> Int? {
    operands.count > 2 ? scalar(operands[2]).flatMap { Int(exactly: $0) } : 0
  }

  func isZero(_ operands: [Value], _ position: Int) -> Bool {
    guard operands.indices.contains(position) else { return true }
    return constants[operands[position]]?.doubles.allSatisfy { $0 == 0 } ?? false
  }

  /// The integers that were dequantised only to be quantised alike again.
  func integers(requantizedBy node: Node, _ operands: [Value]) -> Value? {
    guard let quantize = node.op as? Quantize, quantize.axis == nil,
      let source = activation(operands[0]), source.scale == scalar(operands[1]),
      source.zero == zeroPoint(operands), let zero = made[operands[0]]?.operands.last,
      constants[zero]?.dtype == quantize.dtype
    else { return nil }
    return source.integers
  }

  /// A reshape of dequantised integers as the dequantisation of reshaped ones, where the next kernel looks for it; and
  /// rows of a dequantised table as the dequantisation of its rows, so that the table stays integer.
  func dequantization(
    movedBehind node: Node, _ operands: [Value], _ b: inout GraphBuilder
  ) throws -> (op: any Op, operands: [Value])? {
    guard let reading = operands.first.flatMap({ made[$0] }),
      let dequantize = reading.op as? Dequantize, dequantize.axis == nil,
      node.op is Gather || node.op is Reshape && activation(operands[0]) != nil
    else { return nil }
    let integers = try b.add(node.op, [reading.operands[0]] + operands.dropFirst())[0]
    return (dequantize, [integers] + reading.operands.dropFirst())
  }
}
