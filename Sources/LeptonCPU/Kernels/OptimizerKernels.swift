import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

/// The memory of an update: parameter and moments, all in one layout, their next values, and scalars.
struct UpdateMemory {
  let parameter: Slot.ID
  let gradient: UpdateGradient
  let moments: [Slot.ID]
  let scalars: [Slot.ID]
  let results: [Slot.ID]
  let count: Int

  /// By a gradient of the parameter's shape, in the layout in which it was computed, so that nothing is reordered.
  init?(dense node: Node, moments: Int, _ plan: PlanBuilder) throws {
    guard node.operands.allSatisfy({ plan.type(of: $0).dtype == .f32 }) else { return nil }
    let layout =
      plan.weightLayout(node.operands[0]) ?? plan.layouts(of: node.operands[1]).first
      ?? .plain(plan.type(of: node.operands[0]))
    try self.init(node, layout, moments: 2..<2 + moments, plan) {
      .dense(try plan.use(node.operands[1], layout))
    }
  }

  /// By rows and their indices, row-major.
  init?(byRows node: Node, moments: Int, _ plan: PlanBuilder) throws {
    let types = node.operands.map(plan.type)
    guard types.enumerated().allSatisfy({ $0.offset == 1 || $0.element.dtype == .f32 }) else {
      return nil
    }
    try self.init(node, .plain(types[0]), moments: 3..<3 + moments, plan) {
      var rows = lk_row_gradient()
      rows.axis = Int64(types[0].shape[0])
      rows.inner = Int64(types[0].shape.dropFirst().reduce(1, *))
      rows.count = Int64(types[1].shape.elementCount)
      rows.index_dtype = types[1].dtype.kernel!
      return .byRows(
        rows, indices: try plan.use(node.operands[1]), source: try plan.use(node.operands[2]))
    }
  }

  private init(
    _ node: Node, _ layout: Layout, moments: Range<Int>, _ plan: PlanBuilder,
    gradient: () throws -> UpdateGradient
  ) throws {
    parameter = try plan.use(node.operands[0], layout)
    self.gradient = try gradient()
    self.moments = try node.operands[moments].map { try plan.use($0, layout) }
    scalars = try node.operands[moments.upperBound...].map { try plan.use($0) }
    results = node.results.map { plan.define($0, layout) }
    count = layout.byteCount / MemoryLayout<Float>.size
  }

  /// The update in place, in one pass over memory.
  func step(
    _ name: String, _ kernel: String, _ instruction: @escaping (inout Binder) -> lk_instruction
  ) -> Step {
    Step(
      name: name, kernel: kernel, reads: [parameter] + gradient.slots + moments + scalars,
      writes: results, scratchBytes: gradient.scratchBytes,
      inPlace: zip(results, [parameter] + moments).map { (result: $0, operand: $1) },
      instruction: instruction)
  }
}

enum UpdateGradient {
  case dense(Slot.ID)
  case byRows(lk_row_gradient, indices: Slot.ID, source: Slot.ID)

  var slots: [Slot.ID] {
    switch self {
    case .dense(let slot): [slot]
    case .byRows(_, let indices, let source): [indices, source]
    }
  }

  var scratchBytes: Int {
    switch self {
    case .dense: 0
    case .byRows(let rows, _, _):
      withUnsafePointer(to: rows) { Int(lk_row_gradient_scratch_bytes($0)) }
    }
  }

  /// Binds the one of the two forms in which a kernel takes its gradient.
  func bind<Arguments>(
    _ box: UnsafeMutablePointer<Arguments>,
    _ dense: WritableKeyPath<Arguments, UnsafePointer<Float>?>,
    _ byRows: WritableKeyPath<Arguments, lk_row_gradient>, _ binder: inout Binder
  ) {
    switch self {
    case .dense(let slot):
      binder.bind(slot) { box.pointee[keyPath: dense] = UnsafePointer($0.floats) }
    case .byRows(let rows, let indices, let source):
      box.pointee[keyPath: byRows] = rows
      box.pointee[keyPath: byRows].scratch = binder.scratch.assumingMemoryBound(to: Int64.self)
      binder.bind(indices) { box.pointee[keyPath: byRows].indices = UnsafeRawPointer($0) }
      binder.bind(source) { box.pointee[keyPath: byRows].src = UnsafePointer($0.floats) }
    }
  }
}

/// An optimizer's update with a kernel of its own.
protocol LoweredUpdate: OptimizerUpdate {
  func add(_ memory: UpdateMemory, _ plan: PlanBuilder)
}

struct UpdateKernel<Update: LoweredUpdate>: Kernel {
  static func lower(_ op: Update, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    guard let memory = try UpdateMemory(dense: node, moments: Update.momentCount, plan) else {
      return false
    }
    op.add(memory, plan)
    return true
  }
}

struct RowUpdateKernel<Update: LoweredUpdate>: Kernel {
  static func lower(
    _ op: RowUpdate<Update>, _ node: Node, _ plan: PlanBuilder
  ) throws -> Bool {
    guard let memory = try UpdateMemory(byRows: node, moments: Update.momentCount, plan) else {
      return false
    }
    op.update.add(memory, plan)
    return true
  }
}

extension SGDUpdate: LoweredUpdate {
  func add(_ memory: UpdateMemory, _ plan: PlanBuilder) {
    var arguments = lk_sgd()
    arguments.count = Int64(memory.count)
    arguments.momentum = Float(momentum)
    arguments.weight_decay = Float(weightDecay)
    arguments.nesterov = nesterov
    plan.add(
      memory.step("sgd_update", "lepton:sgd") { [arguments] binder in
        binder.kernel(lk_sgd_run, arguments) { box, binder in
          let (scalars, results) = (memory.scalars, memory.results)
          memory.gradient.bind(box, \.grad, \.rows, &binder)
          binder.bind(memory.parameter) { box.pointee.param = UnsafePointer($0.floats) }
          binder.bind(memory.moments[0]) { box.pointee.velocity = UnsafePointer($0.floats) }
          binder.bind(scalars[0]) { box.pointee.learning_rate = UnsafePointer($0.floats) }
          binder.bind(scalars[1]) { box.pointee.grad_scale = UnsafePointer($0.floats) }
          binder.bind(results[0]) { box.pointee.new_param = $0.floats }
          binder.bind(results[1]) { box.pointee.new_velocity = $0.floats }
        }
      })
  }
}

extension AdamUpdate: LoweredUpdate {
  func add(_ memory: UpdateMemory, _ plan: PlanBuilder) {
    var arguments = lk_adam()
    arguments.count = Int64(memory.count)
    arguments.beta1 = Float(beta1)
    arguments.beta2 = Float(beta2)
    arguments.epsilon = Float(epsilon)
    arguments.weight_decay = Float(weightDecay)
    arguments.decoupled = decoupled
    plan.add(
      memory.step("adam_update", "lepton:adam") { [arguments] binder in
        binder.kernel(lk_adam_run, arguments) { box, binder in
          let (scalars, results) = (memory.scalars, memory.results)
          memory.gradient.bind(box, \.grad, \.rows, &binder)
          binder.bind(memory.parameter) { box.pointee.param = UnsafePointer($0.floats) }
          binder.bind(memory.moments[0]) { box.pointee.m = UnsafePointer($0.floats) }
          binder.bind(memory.moments[1]) { box.pointee.v = UnsafePointer($0.floats) }
          binder.bind(scalars[0]) { box.pointee.learning_rate = UnsafePointer($0.floats) }
          binder.bind(scalars[1]) { box.pointee.grad_scale = UnsafePointer($0.floats) }
          binder.bind(scalars[2]) { box.pointee.correction1 = UnsafePointer($0.floats) }
          binder.bind(scalars[3]) { box.pointee.correction2 = UnsafePointer($0.floats) }
          binder.bind(results[0]) { box.pointee.new_param = $0.floats }
          binder.bind(results[1]) { box.pointee.new_m = $0.floats }
          binder.bind(results[2]) { box.pointee.new_v = $0.floats }
        }
      })
  }
}
