import CLeptonDNN
import LeptonGraph
import LeptonOps
import LeptonRuntime
import LeptonValues

struct Conv2DKernel: Kernel {
  static func lower(_ op: Conv2D, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    try lowerForward(
      FusedConv2D(op, hasBias: node.operands.count == 3), name: "conv2d", node, plan)
  }
}

struct FusedConv2DKernel: Kernel {
  static func lower(_ op: FusedConv2D, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    try lowerForward(
      op,
      name: "conv2d" + (op.hasBias ? "+bias" : "") + (op.hasResidual ? "+residual" : "")
        + (op.activation.map { "+\($0.op.name)" } ?? ""), node, plan)
  }
}

private func lowerForward(
  _ op: FusedConv2D, name: String, _ node: Node, _ plan: PlanBuilder
) throws -> Bool {
  let (x, w) = (node.operands[0], node.operands[1])
  let type = plan.type(of: node.result)
  if let winograd = Winograd(inference: op.conv, x: plan.type(of: x), w: w, y: type, plan),
    try winograd.lowerForward(op, name: name, node, plan)
  {
    return true
  }
  if let direct = DirectConvolution(op, node, plan) {
    try direct.lower(node, name: name, plan)
    return true
  }
  let bias = op.hasBias ? node.operands[2] : nil
  let pass = Convolution.Pass.forward(
    hasBias: bias.map { plan.type(of: $0).dtype },
    epilogue: Epilogue(activation: op.activation, addsDestination: op.hasResidual))
  guard type.dtype == .f32 || type.dtype == .bf16,
    let convolution = Convolution(op.conv, x: plan.type(of: x), w: plan.type(of: w), y: type, plan),
    let primitive = convolution.primitive(pass, stored: plan.weightLayout(w)),
    let source = primitive.layout(LD_SRC, plan.type(of: x)),
    let weights = primitive.layout(LD_WEIGHTS, plan.type(of: w)),
    let destination = primitive.layout(LD_DST, type)
  else { return false }
  var reads = [(LD_SRC, try plan.use(x, source)), (LD_WEIGHTS, try plan.use(w, weights))]
  if let bias { reads.append((LD_BIAS, try plan.use(bias))) }
  let result: Slot.ID
  if op.hasResidual {
    result = try plan.takeOver(node.operands.last!, destination, for: node.result)
  } else {
    result = plan.define(node.result, destination)
  }
  if let depthwise = Depthwise(
    op, node, source: source, weights: weights, destination: destination, plan)
  {
    plan.add(
      depthwise.step(
        name, source: reads[0].1, weights: reads[1].1, bias: bias == nil ? nil : reads[2].1,
        result: result, plan))
    return true
  }
  var step = Step(name, primitive, reads: reads, writes: [(LD_DST, result)])
  if op.hasResidual { step.reads.append(result) }
  plan.add(step)
  return true
}

struct Conv2DInputGradientKernel: Kernel {
  static func lower(_ op: Conv2DInputGradient, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let (w, g) = (node.operands[0], node.operands[1])
    let type = plan.type(of: node.result)
    if let winograd = Winograd(
      .inputGradient, op.conv, x: type, w: plan.type(of: w), y: plan.type(of: g), plan)
    {
      try winograd.lowerInputGradient(node, plan)
      return true
    }
    guard type.dtype == .f32 || type.dtype == .bf16,
      let convolution = Convolution(
        op.conv, x: type, w: plan.type(of: w), y: plan.type(of: g), plan),
      let primitive = convolution.primitive(.inputGradient, stored: plan.weightLayout(w)),
      let weights = primitive.layout(LD_WEIGHTS, plan.type(of: w)),
      let gradient = primitive.layout(LD_DIFF_DST, plan.type(of: g)),
      let destination = primitive.layout(LD_DIFF_SRC, type)
    else { return false }
    let reads = [(LD_WEIGHTS, try plan.use(w, weights)), (LD_DIFF_DST, try plan.use(g, gradient))]
    let result = plan.define(node.result, destination)
    plan.add(
      Step("conv2d_input_gradient", primitive, reads: reads, writes: [(LD_DIFF_SRC, result)]))
    return true
  }
}

struct Conv2DWeightGradientKernel: Kernel {
  static func lower(_ op: Conv2DWeightGradient, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    try lowerWeightGradient(op, node, plan)
  }
}

struct FusedConv2DWeightGradientKernel: Kernel {
  static func lower(
    _ op: FusedConv2DWeightGradient, _ node: Node, _ plan: PlanBuilder
  ) throws -> Bool {
    try lowerWeightGradient(op.gradient, node, plan)
  }
}

/// Results: the gradient of the weights, and that of the bias where the node has two.
private func lowerWeightGradient(
  _ op: Conv2DWeightGradient, _ node: Node, _ plan: PlanBuilder
) throws -> Bool {
  let (x, g) = (node.operands[0], node.operands[1])
  let type = plan.type(of: node.results[0])
  let hasBias = node.results.count == 2
  if let winograd = Winograd(
    .weightGradient, op.conv, x: plan.type(of: x), w: type, y: plan.type(of: g), plan)
  {
    try winograd.lowerWeightGradient(node, plan)
    return true
  }
  guard node.results.allSatisfy({ plan.type(of: $0).dtype == .f32 }),
    let convolution = Convolution(op.conv, x: plan.type(of: x), w: type, y: plan.type(of: g), plan),
    let primitive = convolution.primitive(
      .weightGradient(hasBias: hasBias),
      stored: plan.updatedWeight(by: node.results[0]).flatMap { plan.weightLayout($0) }),
    let source = primitive.layout(LD_SRC, plan.type(of: x)),
    let gradient = primitive.layout(LD_DIFF_DST, plan.type(of: g)),
    let weights = primitive.layout(LD_DIFF_WEIGHTS, type)
  else { return false }
  let reads = [(LD_SRC, try plan.use(x, source)), (LD_DIFF_DST, try plan.use(g, gradient))]
  var writes = [(LD_DIFF_WEIGHTS, plan.define(node.results[0], weights))]
  if hasBias {
    let bias = node.results[1]
    writes.append((LD_DIFF_BIAS, plan.define(bias, .plain(plan.type(of: bias)))))
  }
  plan.add(Step("conv2d_weight_gradient", primitive, reads: reads, writes: writes))
  return true
}
