import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

/// The arrays of an update, all in the layout in which the gradient was computed, so that nothing is reordered.
private struct UpdateArrays {
  let reads: [Slot.ID]
  let writes: [Slot.ID]
  let count: Int

  /// - Parameter arrays: how many operands have the parameter's shape; the rest are scalars.
  init?(_ node: Node, arrays: Int, _ plan: PlanBuilder) throws {
    guard node.operands.allSatisfy({ plan.type(of: $0).dtype == .f32 }) else { return nil }
    let type = plan.type(of: node.operands[0])
    let layout =
      plan.weightLayout(node.operands[0]) ?? plan.layouts(of: node.operands[1]).first
      ?? .plain(type)
    var reads = try node.operands.prefix(arrays).map { try plan.use($0, layout) }
    reads += try node.operands.dropFirst(arrays).map { try plan.use($0) }
    self.reads = reads
    writes = node.results.map { plan.define($0, layout) }
    count = layout.byteCount / MemoryLayout<Float>.size
  }
}

struct SGDUpdateKernel: Kernel {
  static func lower(_ op: SGDUpdate, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    guard let arrays = try UpdateArrays(node, arrays: 3, plan) else { return false }
    var arguments = lk_sgd()
    arguments.count = Int64(arrays.count)
    arguments.momentum = Float(op.momentum)
    arguments.weight_decay = Float(op.weightDecay)
    arguments.nesterov = op.nesterov
    let (reads, writes) = (arrays.reads, arrays.writes)
    plan.add(
      Step(
        name: "sgd_update", kernel: "lepton:sgd", reads: reads, writes: writes,
        inPlace: [(writes[0], reads[0]), (writes[1], reads[2])]
      ) { [arguments] binder in
        binder.kernel(lk_sgd_run, arguments) { box, binder in
          binder.bind(reads[0]) { box.pointee.param = UnsafePointer($0.floats) }
          binder.bind(reads[1]) { box.pointee.grad = UnsafePointer($0.floats) }
          binder.bind(reads[2]) { box.pointee.velocity = UnsafePointer($0.floats) }
          binder.bind(reads[3]) { box.pointee.learning_rate = UnsafePointer($0.floats) }
          binder.bind(reads[4]) { box.pointee.grad_scale = UnsafePointer($0.floats) }
          binder.bind(writes[0]) { box.pointee.new_param = $0.floats }
          binder.bind(writes[1]) { box.pointee.new_velocity = $0.floats }
        }
      })
    return true
  }
}

struct AdamUpdateKernel: Kernel {
  static func lower(_ op: AdamUpdate, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    guard let arrays = try UpdateArrays(node, arrays: 4, plan) else { return false }
    var arguments = lk_adam()
    arguments.count = Int64(arrays.count)
    arguments.beta1 = Float(op.beta1)
    arguments.beta2 = Float(op.beta2)
    arguments.epsilon = Float(op.epsilon)
    arguments.weight_decay = Float(op.weightDecay)
    arguments.decoupled = op.decoupled
    let (reads, writes) = (arrays.reads, arrays.writes)
    plan.add(
      Step(
        name: "adam_update", kernel: "lepton:adam", reads: reads, writes: writes,
        inPlace: [(writes[0], reads[0]), (writes[1], reads[2]), (writes[2], reads[3])]
      ) { [arguments] binder in
        binder.kernel(lk_adam_run, arguments) { box, binder in
          binder.bind(reads[0]) { box.pointee.param = UnsafePointer($0.floats) }
          binder.bind(reads[1]) { box.pointee.grad = UnsafePointer($0.floats) }
          binder.bind(reads[2]) { box.pointee.m = UnsafePointer($0.floats) }
          binder.bind(reads[3]) { box.pointee.v = UnsafePointer($0.floats) }
          binder.bind(reads[4]) { box.pointee.learning_rate = UnsafePointer($0.floats) }
          binder.bind(reads[5]) { box.pointee.grad_scale = UnsafePointer($0.floats) }
          binder.bind(reads[6]) { box.pointee.correction1 = UnsafePointer($0.floats) }
          binder.bind(reads[7]) { box.pointee.correction2 = UnsafePointer($0.floats) }
          binder.bind(writes[0]) { box.pointee.new_param = $0.floats }
          binder.bind(writes[1]) { box.pointee.new_m = $0.floats }
          binder.bind(writes[2]) { box.pointee.new_v = $0.floats }
        }
      })
    return true
  }
}
