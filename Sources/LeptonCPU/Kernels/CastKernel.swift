import LeptonGraph
import LeptonOps
import LeptonValues

/// Constants lie where the plan puts them; they take no step.
struct ConstantKernel: Kernel {
  static func lower(_ op: Constant, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    plan.define(node.result, constant: op.value)
    return true
  }
}

/// Casts of weights wait for the reorder that packs them, which converts on the way; all others are elementwise.
struct CastKernel: Kernel {
  static func lower(_ op: Cast, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let (from, to) = (plan.type(of: node.operand).dtype, op.to)
    if plan.isWeight(node.operand), from == .f32, to == .bf16, plan.shape(of: node.operand).rank > 1
    {
      plan.define(node.result, castOf: node.operand)
      return true
    }
    return try ElementwiseKernel.lower(op, node, plan)
  }
}
