import CLeptonDNN
import LeptonGraph
import LeptonOps
import LeptonValues

struct QuantizedConv2DKernel: Kernel {
  static func lower(_ op: QuantizedConv2D, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let (x, w) = (node.operands[0], node.operands[1])
    let type = plan.type(of: node.result)
    if let image = ImageConvolution(op, node, plan) {
      try image.lower(node, plan)
      return true
    }
    if let product = ByteProduct(op, node, plan) {
      try product.lower(node, name: "conv2d_int8", plan)
      return true
    }
    if let depthwise = ByteDepthwise(op, node, plan) {
      try depthwise.lower(node, plan)
      return true
    }
    if let convolution = ByteConvolution(op, node, plan) {
      try convolution.lower(node, plan)
      return true
    }
    guard
      let folded = FoldedScales(
        node, sourceScale: op.sourceScale, sourceZero: op.sourceZero, op.activation, op.result,
        plan),
      let convolution = Convolution(
        op.conv, x: plan.type(of: x), w: plan.type(of: w), y: type, plan),
      let primitive = convolution.primitive(
        .forward(hasBias: .f32, epilogue: folded.epilogue), stored: nil),
      !primitive.isSlow,
      let source = primitive.layout(LD_SRC, plan.type(of: x)),
      let weights = primitive.layout(LD_WEIGHTS, plan.type(of: w)),
      let destination = primitive.layout(LD_DST, type)
    else { return false }
    let reads = [
      (LD_SRC, try plan.use(x, source)), (LD_WEIGHTS, try plan.use(w, weights)),
      (LD_BIAS, plan.makeConstant(folded.bias)),
    ]
    let result = plan.define(node.result, destination)
    plan.add(Step("conv2d_int8", primitive, reads: reads, writes: [(LD_DST, result)]))
    return true
  }
}

struct QuantizedDenseKernel: Kernel {
  static func lower(_ op: QuantizedDense, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let (x, w) = (node.operands[0], node.operands[1])
    let type = plan.type(of: node.result)
    if let product = ByteProduct(op, node, plan) {
      try product.lower(node, name: "dense_int8", plan)
      return true
    }
    guard
      let folded = FoldedScales(
        node, sourceScale: op.sourceScale, sourceZero: op.sourceZero, op.activation, op.result,
        plan),
      let layer = DenseLayer(
        batch: plan.shape(of: x).dropLast().reduce(1, *), weights: plan.type(of: w),
        x: plan.type(of: x).dtype, y: type.dtype),
      let primitive = layer.primitive(
        .forward(hasBias: .f32, epilogue: folded.epilogue), stored: nil),
      !primitive.isSlow, let weights = primitive.layout(LD_WEIGHTS, plan.type(of: w))
    else { return false }
    let reads = [
      (LD_SRC, try plan.use(x)), (LD_WEIGHTS, try plan.use(w, weights)),
      (LD_BIAS, plan.makeConstant(folded.bias)),
    ]
    let result = plan.define(node.result, .plain(type))
    plan.add(Step("dense_int8", primitive, reads: reads, writes: [(LD_DST, result)]))
    return true
  }
}

/// Scales and bias of an integer kernel in the terms of oneDNN, which scales the accumulator and the bias together.
private struct FoldedScales {
  let epilogue: Epilogue
  /// In accumulator steps.
  let bias: TensorData

  /// nil where weights, scales or bias are not constant.
  init?(
    _ node: Node, sourceScale: Double, sourceZero: Int, _ activation: Activation?,
    _ result: Requantization, _ plan: PlanBuilder
  ) {
    guard let weights = plan.constant(node.operands[1]),
      let scales = plan.constant(node.operands[2]), let bias = plan.constant(node.operands[3])
    else { return nil }
    let steps = scales.doubles.map { $0 * sourceScale }
    let biases = zip(bias.doubles, steps).map { $1 == 0 ? 0 : $0 / $1 }
    let shifts = RequantizedSums.shifts(by: sourceZero, weights, outputs: steps.count)
    self.bias = TensorData(zip(biases, shifts).map { Float($0 - Double($1)) }, shape: bias.shape)
    epilogue = Epilogue(
      activation: activation, outputScales: steps.map { Float($0) },
      destinationScale: result.dtype == .f32 ? 1 : Float(1 / result.scale),
      destinationZero: Float(result.zero))
  }
}
