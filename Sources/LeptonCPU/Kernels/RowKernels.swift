import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

struct SoftmaxKernel: Kernel {
  static func lower(_ op: Softmax, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    try softmax(node, axis: op.axis, log: false, plan)
  }
}

struct LogSoftmaxKernel: Kernel {
  static func lower(_ op: LogSoftmax, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    try softmax(node, axis: op.axis, log: true, plan)
  }
}

private func softmax(_ node: Node, axis: Int, log: Bool, _ plan: PlanBuilder) throws -> Bool {
  let type = plan.type(of: node.operand)
  guard type.dtype == .f32, let axis = type.shape.axis(axis) else { return false }
  var arguments = lk_softmax()
  arguments.outer = Int64(type.shape.prefix(axis).reduce(1, *))
  arguments.count = Int64(type.shape[axis])
  arguments.inner = Int64(type.shape.dropFirst(axis + 1).reduce(1, *))
  arguments.log = log
  let source = try plan.use(node.operand)
  let result = plan.define(node.result, .plain(type))
  plan.add(
    Step(
      name: node.op.name, kernel: "lepton:softmax", reads: [source], writes: [result],
      inPlace: [(result, source)]
    ) { [arguments] binder in
      binder.kernel(lk_softmax_run, arguments) { box, binder in
        binder.bind(source) { box.pointee.src = UnsafePointer($0.floats) }
        binder.bind(result) { box.pointee.dst = $0.floats }
      }
    })
  return true
}

struct CrossEntropyKernel: Kernel {
  static func lower(_ op: CrossEntropy, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let (logits, labels) = (plan.type(of: node.operands[0]), plan.type(of: node.operands[1]))
    guard logits.dtype == .f32, logits.shape.rank == 2 else { return false }
    var arguments = lk_cross_entropy()
    arguments.rows = Int64(logits.shape[0])
    arguments.classes = Int64(logits.shape[1])
    arguments.label_dtype = labels.dtype.kernel!
    let source = try plan.use(node.operands[0])
    let label = try plan.use(node.operands[1])
    let result = plan.define(node.result, .plain(plan.type(of: node.result)))
    plan.add(
      Step(
        name: "cross_entropy", kernel: "lepton:cross_entropy", reads: [source, label],
        writes: [result]
      ) { [arguments] binder in
        binder.kernel(lk_cross_entropy_run, arguments) { box, binder in
          binder.bind(source) { box.pointee.logits = UnsafePointer($0.floats) }
          binder.bind(label) { box.pointee.labels = UnsafeRawPointer($0) }
          binder.bind(result) { box.pointee.loss = $0.floats }
        }
      })
    return true
  }
}

struct CrossEntropyGradientKernel: Kernel {
  static func lower(_ op: CrossEntropyGradient, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let (logits, labels) = (plan.type(of: node.operands[0]), plan.type(of: node.operands[1]))
    guard logits.dtype == .f32, logits.shape.rank == 2 else { return false }
    var arguments = lk_cross_entropy_gradient()
    arguments.rows = Int64(logits.shape[0])
    arguments.classes = Int64(logits.shape[1])
    arguments.label_dtype = labels.dtype.kernel!
    arguments.g_stride = 1
    let slots = try node.operands.map { try plan.use($0) }
    let result = plan.define(node.result, .plain(plan.type(of: node.result)))
    plan.add(
      Step(
        name: "cross_entropy_gradient", kernel: "lepton:cross_entropy", reads: slots,
        writes: [result], inPlace: [(result, slots[0])]
      ) { [arguments] binder in
        binder.kernel(lk_cross_entropy_gradient_run, arguments) { box, binder in
          binder.bind(slots[0]) { box.pointee.logits = UnsafePointer($0.floats) }
          binder.bind(slots[1]) { box.pointee.labels = UnsafeRawPointer($0) }
          binder.bind(slots[2]) { box.pointee.g = UnsafePointer($0.floats) }
          binder.bind(result) { box.pointee.dst = $0.floats }
        }
      })
    return true
  }
}

struct LayerNormKernel: Kernel {
  static func lower(_ op: LayerNorm, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let type = plan.type(of: node.operands[0])
    guard node.operands.allSatisfy({ plan.type(of: $0).dtype == .f32 }), let count = type.shape.last
    else { return false }
    var arguments = lk_layer_norm()
    arguments.rows = Int64(type.shape.elementCount / max(count, 1))
    arguments.count = Int64(count)
    arguments.epsilon = Float(op.epsilon)
    let slots = try node.operands.map { try plan.use($0) }
    let result = plan.define(node.result, .plain(type))
    plan.add(
      Step(name: "layer_norm", kernel: "lepton:layer_norm", reads: slots, writes: [result]) {
        [arguments] binder in
        binder.kernel(lk_layer_norm_run, arguments) { box, binder in
          binder.bind(slots[0]) { box.pointee.x = UnsafePointer($0.floats) }
          binder.bind(slots[1]) { box.pointee.scale = UnsafePointer($0.floats) }
          binder.bind(slots[2]) { box.pointee.shift = UnsafePointer($0.floats) }
          binder.bind(result) { box.pointee.y = $0.floats }
        }
      })
    return true
  }
}

struct LayerNormGradientKernel: Kernel {
  static func lower(_ op: LayerNormGradient, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let type = plan.type(of: node.operands[0])
    guard node.operands.allSatisfy({ plan.type(of: $0).dtype == .f32 }), let count = type.shape.last
    else { return false }
    var arguments = lk_layer_norm_gradient()
    arguments.rows = Int64(type.shape.elementCount / max(count, 1))
    arguments.count = Int64(count)
    arguments.epsilon = Float(op.epsilon)
    let slots = try node.operands.map { try plan.use($0) }
    let results = node.results.map { plan.define($0, .plain(plan.type(of: $0))) }
    var step = Step(
      name: "layer_norm_gradient", kernel: "lepton:layer_norm", reads: slots, writes: results
    ) { [arguments] binder in
      binder.kernel(lk_layer_norm_gradient_run, arguments) { box, binder in
        box.pointee.scratch = binder.scratch.floats
        binder.bind(slots[0]) { box.pointee.x = UnsafePointer($0.floats) }
        binder.bind(slots[1]) { box.pointee.scale = UnsafePointer($0.floats) }
        binder.bind(slots[2]) { box.pointee.g = UnsafePointer($0.floats) }
        binder.bind(results[0]) { box.pointee.dx = $0.floats }
        binder.bind(results[1]) { box.pointee.dscale = $0.floats }
        binder.bind(results[2]) { box.pointee.dshift = $0.floats }
      }
    }
    step.scratchBytes = 2 * count * Int(lk_threads_available()) * MemoryLayout<Float>.size
    plan.add(step)
    return true
  }
}

extension UnsafeMutableRawPointer {
  var floats: UnsafeMutablePointer<Float> { assumingMemoryBound(to: Float.self) }
}
