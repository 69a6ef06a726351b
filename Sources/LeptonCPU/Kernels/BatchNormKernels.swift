import CLeptonDNN
import LeptonGraph
import LeptonOps
import LeptonValues

struct BatchNormTrainingKernel: Kernel {
  static func lower(_ op: BatchNormTraining, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    if let norm = BlockedBatchNorm(node, op.epsilon, relu: false, plan) {
      try norm.lower(node, plan)
      return true
    }
    let x = node.operands[0]
    let normalization = Normalization(x, op.epsilon, plan)
    guard var d = normalization?.descriptor, let format = normalization?.format,
      let primitive = Primitive(ld_batch_norm_forward(&d))
    else { return false }
    let type = plan.type(of: x)
    let reads = [
      (LD_SRC, try plan.use(x, .activation(type, format))),
      (LD_SCALE, try plan.use(node.operands[1])), (LD_SHIFT, try plan.use(node.operands[2])),
    ]
    let writes = [
      (LD_DST, plan.define(node.results[0], .activation(type, format))),
      (LD_MEAN, plan.define(node.results[1], .plain(plan.type(of: node.results[1])))),
      (LD_VARIANCE, plan.define(node.results[2], .plain(plan.type(of: node.results[2])))),
    ]
    plan.add(Step("batch_norm", primitive, reads: reads, writes: writes))
    return true
  }
}

struct BatchNormGradientKernel: Kernel {
  static func lower(_ op: BatchNormGradient, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    if let norm = BlockedBatchNorm(node, op.epsilon, relu: false, plan) {
      try norm.lowerGradient(node, plan)
      return true
    }
    let (x, scale, mean) = (node.operands[0], node.operands[1], node.operands[2])
    let (variance, g) = (node.operands[3], node.operands[4])
    let normalization = Normalization(x, op.epsilon, plan)
    guard var d = normalization?.descriptor, let format = normalization?.format,
      let primitive = Primitive(ld_batch_norm_backward(&d))
    else { return false }
    let type = plan.type(of: x)
    let scaleSlot = try plan.use(scale)
    let reads = [
      (LD_SRC, try plan.use(x, .activation(type, format))), (LD_MEAN, try plan.use(mean)),
      (LD_VARIANCE, try plan.use(variance)),
      (LD_DIFF_DST, try plan.use(g, .activation(type, format))), (LD_SCALE, scaleSlot),
      // Asked for, though the gradient does not depend on the shift.
      (LD_SHIFT, scaleSlot),
    ]
    let writes = [
      (LD_DIFF_SRC, plan.define(node.results[0], .activation(type, format))),
      (LD_DIFF_SCALE, plan.define(node.results[1], .plain(plan.type(of: node.results[1])))),
      (LD_DIFF_SHIFT, plan.define(node.results[2], .plain(plan.type(of: node.results[2])))),
    ]
    plan.add(Step("batch_norm_gradient", primitive, reads: reads, writes: writes))
    return true
  }
}

private struct Normalization {
  var descriptor = ld_batch_norm()
  let format: Layout.Format

  init?(_ x: Value, _ epsilon: Double, _ plan: PlanBuilder) {
    let type = plan.type(of: x)
    guard type.dtype == .f32 || type.dtype == .bf16, type.shape.rank == 4,
      let dtype = type.dtype.native
    else { return nil }
    format = plan.activationFormat(of: x)
    descriptor.batch = Int64(type.shape[0])
    descriptor.channels = Int64(type.shape[1])
    descriptor.height = Int64(type.shape[2])
    descriptor.width = Int64(type.shape[3])
    descriptor.dtype = dtype
    descriptor.format = format.native
    descriptor.epsilon = Float(epsilon)
  }
}
