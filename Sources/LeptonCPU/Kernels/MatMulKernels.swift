import CLeptonDNN
import LeptonGraph
import LeptonOps
import LeptonValues

struct MatMulKernel: Kernel {
  static func lower(_ op: MatMul, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    if op.transposeA, !op.transposeB, try lowerDenseWeightGradient(node, plan) { return true }
    return try lowerProduct(FusedMatMul(op, hasBias: false), name: "matmul", node, plan)
  }
}

struct FusedMatMulKernel: Kernel {
  static func lower(_ op: FusedMatMul, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    try lowerProduct(
      op,
      name: "matmul" + (op.hasBias ? "+bias" : "") + (op.activation.map { "+\($0.op.name)" } ?? ""),
      node, plan)
  }
}

struct FusedDenseWeightGradientKernel: Kernel {
  static func lower(
    _ op: FusedDenseWeightGradient, _ node: Node, _ plan: PlanBuilder
  ) throws -> Bool {
    try lowerDenseWeightGradient(node, plan)
  }
}

/// Operands g [N, O], x [N, K]; results dw [O, K] and, where the node has two, db [O].
private func lowerDenseWeightGradient(_ node: Node, _ plan: PlanBuilder) throws -> Bool {
  let (g, x) = (node.operands[0], node.operands[1])
  if let dense = DenseProduct(weightGradient: node, plan) {
    try dense.lower(node, name: "dense_weight_gradient", plan)
    return true
  }
  let type = plan.type(of: node.results[0])
  let hasBias = node.results.count == 2
  guard type.dtype == .f32, type.shape.rank == 2, plan.shape(of: g).rank == 2,
    plan.shape(of: x).rank == 2,
    let layer = DenseLayer(
      batch: plan.shape(of: g)[0], weights: type, x: plan.type(of: x).dtype,
      y: plan.type(of: g).dtype),
    let primitive = layer.primitive(
      .weightGradient(hasBias: hasBias),
      stored: plan.updatedWeight(by: node.results[0]).flatMap { plan.weightLayout($0) }),
    !primitive.isSlow, let layout = primitive.layout(LD_DIFF_WEIGHTS, type)
  else { return false }
  let reads = [(LD_SRC, try plan.use(x)), (LD_DIFF_DST, try plan.use(g))]
  var writes = [(LD_DIFF_WEIGHTS, plan.define(node.results[0], layout))]
  if hasBias {
    let bias = node.results[1]
    writes.append((LD_DIFF_BIAS, plan.define(bias, .plain(plan.type(of: bias)))))
  }
  plan.add(Step("dense_weight_gradient", primitive, reads: reads, writes: writes))
  return true
}

private func lowerProduct(
  _ op: FusedMatMul, name: String, _ node: Node, _ plan: PlanBuilder
) throws -> Bool {
  // Sums of nothing are no work for kernels, and oneDNN does not survive all of them.
  guard node.operands.allSatisfy({ plan.shape(of: $0).elementCount > 0 }) else { return false }
  if let dense = DenseProduct(op, node, plan) {
    try dense.lower(node, name: name, plan)
    return true
  }
  if try lowerDense(op, name: name, node, plan) { return true }
  if op == FusedMatMul(MatMul(), hasBias: false),
    try lowerInputGradient(op.matmul, node, plan)
  {
    return true
  }
  return try lowerBatched(op, name: name, node, plan)
}

/// A product with weights [O, K] is a dense layer: the weights are packed once.
private func lowerDense(
  _ op: FusedMatMul, name: String, _ node: Node, _ plan: PlanBuilder
) throws -> Bool {
  let (x, w) = (node.operands[0], node.operands[1])
  let (source, weights, type) = (plan.type(of: x), plan.type(of: w), plan.type(of: node.result))
  let bias = op.hasBias ? node.operands[2] : nil
  guard op.matmul.transposeB, !op.matmul.transposeA, plan.isWeight(w), weights.shape.rank == 2,
    type.dtype == .f32 || type.dtype == .bf16,
    let layer = DenseLayer(
      batch: source.shape.dropLast().reduce(1, *), weights: weights, x: source.dtype,
      y: type.dtype),
    let primitive = layer.primitive(
      .forward(
        hasBias: bias.map { plan.type(of: $0).dtype },
        epilogue: Epilogue(activation: op.activation)), stored: plan.weightLayout(w)),
    !primitive.isSlow, let layout = primitive.layout(LD_WEIGHTS, weights)
  else { return false }
  var reads = [(LD_SRC, try plan.use(x)), (LD_WEIGHTS, try plan.use(w, layout))]
  if let bias { reads.append((LD_BIAS, try plan.use(bias))) }
  let result = plan.define(node.result, .plain(type))
  plan.add(Step(name, primitive, reads: reads, writes: [(LD_DST, result)]))
  return true
}

/// Any product of matrices or batches of them; transposition is a matter of strides.
private func lowerBatched(
  _ op: FusedMatMul, name: String, _ node: Node, _ plan: PlanBuilder
) throws -> Bool {
  let type = plan.type(of: node.result)
  let rank = type.shape.rank
  let bias = op.hasBias ? node.operands[2] : nil
  guard type.dtype == .f32 || type.dtype == .bf16, rank <= Int(LD_MAX_DIMS),
    type.shape.elementCount > 0,
    bias.map({ plan.type(of: $0).dtype == .f32 }) ?? true,
    let a = matrix(plan.type(of: node.operands[0]), rank, transposed: op.matmul.transposeA),
    let b = matrix(plan.type(of: node.operands[1]), rank, transposed: op.matmul.transposeB),
    let destination = Layout.plain(type).handle
  else { return false }
  var descriptor = ld_matmul()
  descriptor.src = a
  descriptor.weights = b
  descriptor.dst = destination
  descriptor.has_bias = bias != nil
  var description = ld_epilogue()
  let made = Epilogue(activation: op.activation).describe(&description) {
    descriptor.epilogue = $0
    return Primitive(ld_matmul_create(&descriptor))
  }
  guard let primitive = made else { return false }
  var reads = [
    (LD_SRC, try plan.use(node.operands[0])), (LD_WEIGHTS, try plan.use(node.operands[1])),
  ]
  if let bias { reads.append((LD_BIAS, try plan.use(bias))) }
  let result = plan.define(node.result, .plain(type))
  plan.add(Step(name, primitive, reads: reads, writes: [(LD_DST, result)]))
  return true
}

/// A row-major operand as a batch of matrices of `rank` axes.
private func matrix(_ type: TensorType, _ rank: Int, transposed: Bool) -> OpaquePointer? {
  guard let dtype = type.dtype.native else { return nil }
  let missing = rank - type.shape.rank
  var extents = [Int](repeating: 1, count: missing) + type.shape.extents
  var strides = [Int](repeating: type.shape.elementCount, count: missing) + type.shape.strides
  if transposed {
    extents.swapAt(rank - 1, rank - 2)
    strides.swapAt(rank - 1, rank - 2)
  }
  return ld_layout_strided(dtype, Int32(rank), extents.map { Int64($0) }, strides.map { Int64($0) })
}

/// `g[N, O] w[O, K]` with weights is the input gradient of a dense layer: it reads the same packed weights.
private func lowerInputGradient(
  _ op: MatMul, _ node: Node, _ plan: PlanBuilder
) throws -> Bool {
  let (g, w) = (node.operands[0], node.operands[1])
  let (source, weights, type) = (plan.type(of: g), plan.type(of: w), plan.type(of: node.result))
  guard !op.transposeA, !op.transposeB, plan.isWeight(w), plan.constant(w) == nil,
    weights.shape.rank == 2,
    let layer = DenseLayer(
      batch: source.shape.dropLast().reduce(1, *), weights: weights, x: type.dtype,
      y: source.dtype),
    let primitive = layer.primitive(.inputGradient, stored: plan.weightLayout(w)),
    !primitive.isSlow, let layout = primitive.layout(LD_WEIGHTS, weights)
  else { return false }
  let reads = [(LD_WEIGHTS, try plan.use(w, layout)), (LD_DIFF_DST, try plan.use(g))]
  let result = plan.define(node.result, .plain(type))
  plan.add(
    Step("dense_input_gradient", primitive, reads: reads, writes: [(LD_DIFF_SRC, result)]))
  return true
}
