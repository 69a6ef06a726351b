import LeptonGraph
import LeptonOps
import LeptonValues

/// An integer kernel that grows, node by node, over what follows it.
struct IntegerKernel {
  private(set) var op: any Op
  let source: Value
  /// Weights, their scales, bias.
  private(set) var constants: [TensorData]

  private static let real = Requantization(dtype: .f32, scale: 1)

  /// The kernel that computes `node`, where there is one.
  init?(
    _ node: Node, _ operands: [Value], _ index: GraphIndex, _ facts: QuantizationFacts,
    _ b: inout GraphBuilder
  ) throws {
    switch node.op {
    case var conv as Conv2D:
      guard let x = facts.activation(operands[0]), Self.isByte(x, b),
        let w = facts.weights(operands[1], outputs: 0),
        let bias = operands.count == 3
          ? facts.reals(operands[2]) : TensorData(zeros: w.scales.type)
      else { return nil }
      source = try Self.padded(x, &conv, &b)
      op = QuantizedConv2D(
        conv: conv, sourceScale: x.scale, sourceZero: x.zero, activation: nil, result: Self.real)
      constants = [w.integers, w.scales, bias]
    case let product as MatMul:
      let isTransposed = product == MatMul(transposeB: true)
      guard isTransposed || product == MatMul(), b.shape(of: operands[1]).rank == 2,
        let x = facts.activation(operands[0]), Self.isByte(x, b),
        let w = facts.weights(operands[1], outputs: isTransposed ? 0 : 1)
      else { return nil }
      source = x.integers
      op = QuantizedDense(
        sourceScale: x.scale, sourceZero: x.zero, activation: nil, result: Self.real)
      constants = [w.integers, w.scales, TensorData(zeros: w.scales.type)]
    case is Add:
      for (own, other) in [(0, 1), (1, 0)] where index.hasOneUse(node.operands[own]) {
        guard var kernel = facts.kernels[operands[own]], kernel.op is QuantizedDense,
          let bias = facts.reals(operands[other]), kernel.add(bias)
        else { continue }
        self = kernel
        return
      }
      return nil
    case let next as any ElementwiseOp:
      guard let activation = next.activation, index.hasOneUse(node.operand),
        var kernel = facts.kernels[operands[0]], kernel.append(activation)
      else { return nil }
      self = kernel
    case let quantize as Quantize:
      guard quantize.axis == nil, index.hasOneUse(node.operands[0]),
        var kernel = facts.kernels[operands[0]], let scale = facts.scalar(operands[1]),
        let zero = facts.zeroPoint(operands),
        kernel.requantize(Requantization(dtype: quantize.dtype, scale: scale, zero: zero))
      else { return nil }
      self = kernel
    default: return nil
    }
  }

  private static func isByte(_ x: QuantizationFacts.Activation, _ b: GraphBuilder) -> Bool {
    [.u8, .i8].contains(b.type(of: x.integers).dtype)
  }

  /// Kernels pad with the integer 0. Where another one stands for the real 0, the padding is made beforehand.
  private static func padded(
    _ x: QuantizationFacts.Activation, _ conv: inout Conv2D, _ b: inout GraphBuilder
  ) throws -> Value {
    guard x.zero != 0, conv.padding.contains(where: { $0 != 0 }) else { return x.integers }
    let pad = Pad(
      low: [0, 0] + conv.padding[..<2], high: [0, 0] + conv.padding[2...], value: Double(x.zero))
    conv.padding = [0, 0, 0, 0]
    return try b.add(one: pad, x.integers)
  }

  private mutating func add(_ bias: TensorData) -> Bool {
    guard isOpen, bias.shape == constants[2].shape else { return false }
    constants[2] = TensorData(zip(constants[2].floats, bias.floats).map(+), shape: bias.shape)
    return true
  }

  private mutating func append(_ activation: Activation) -> Bool {
    guard isOpen else { return false }
    change(activation: activation, result: Self.real)
    return true
  }

  private mutating func requantize(_ result: Requantization) -> Bool {
    guard self.result == Self.real else { return false }
    change(activation: activation, result: result)
    return true
  }

  /// Whether its result is still a plain sum.
  private var isOpen: Bool { result == Self.real && activation == nil }

  private var result: Requantization {
    (op as? QuantizedConv2D)?.result ?? (op as? QuantizedDense)?.result ?? Self.real
  }

  private var activation: Activation? {
    (op as? QuantizedConv2D)?.activation ?? (op as? QuantizedDense)?.activation
  }

  private mutating func change(activation: Activation?, result: Requantization) {
    if var conv = op as? QuantizedConv2D {
      (conv.activation, conv.result) = (activation, result)
      op = conv
    } else if var dense = op as? QuantizedDense {
      (dense.activation, dense.result) = (activation, result)
      op = dense
    }
  }
}
