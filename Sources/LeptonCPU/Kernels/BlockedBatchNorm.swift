import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

struct FusedBatchNormKernel: Kernel {
  static var isAvailable: Bool { BlockedBatchNorm.isAvailable }

  static func lower(_ op: FusedBatchNorm, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    guard let norm = BlockedBatchNorm(node, op.norm.epsilon, relu: true, plan) else { return false }
    try norm.lower(node, plan)
    return true
  }
}

struct FusedBatchNormGradientKernel: Kernel {
  static var isAvailable: Bool { BlockedBatchNorm.isAvailable }

  static func lower(_ op: FusedBatchNormGradient, _ node: Node, _ plan: PlanBuilder) throws -> Bool
  {
    guard let norm = BlockedBatchNorm(node, op.gradient.epsilon, relu: true, plan)
    else { return false }
    try norm.lowerGradient(node, plan)
    return true
  }
}

/// Batch normalisation of f32 images by Lepton's own kernel, on processors whose blocks have eight channels.
struct BlockedBatchNorm {
  static var isAvailable: Bool { Processor.channelBlock == 8 }

  private var shape = lk_batch_shape()
  private let type: TensorType
  private let relu: Bool

  /// nil where x is no image of f32 or, without a relu, does not lie in blocks.
  init?(_ node: Node, _ epsilon: Double, relu: Bool, _ plan: PlanBuilder) {
    type = plan.type(of: node.operands[0])
    self.relu = relu
    guard Self.isAvailable, type.dtype == .f32, type.shape.rank == 4,
      relu || plan.activationFormat(of: node.operands[0]) == .blocked
    else { return nil }
    shape.batch = Int64(type.shape[0])
    shape.channels = Int64(type.shape[1])
    shape.pixels = Int64(type.shape[2] * type.shape[3])
    shape.epsilon = Float(epsilon)
  }

  /// Operands: x, scale, shift, and a residual or none.
  func lower(_ node: Node, _ plan: PlanBuilder) throws {
    let image = Layout.activation(type, .blocked)
    let x = try plan.use(node.operands[0], image)
    let scale = try plan.use(node.operands[1])
    let shift = try plan.use(node.operands[2])
    let residual = try node.operands.dropFirst(3).first.map { try plan.use($0, image) }
    let y = plan.define(node.results[0], image)
    let mean = plan.define(node.results[1], .plain(plan.type(of: node.results[1])))
    let variance = plan.define(node.results[2], .plain(plan.type(of: node.results[2])))
    var arguments = lk_batch_norm()
    arguments.shape = shape
    arguments.relu = relu
    var step = Step(
      name: "batch_norm" + (residual == nil ? "" : "+add") + (relu ? "+relu" : ""),
      kernel: "lepton:batch_norm", reads: [x, scale, shift] + (residual.map { [$0] } ?? []),
      writes: [y, mean, variance], inPlace: residual.map { [(y, $0)] } ?? []
    ) { [arguments] binder in
      binder.kernel(lk_batch_norm_run, arguments) { box, binder in
        box.pointee.scratch = binder.scratch.floats
        binder.bind(x) { box.pointee.x = UnsafePointer($0.floats) }
        binder.bind(scale) { box.pointee.scale = UnsafePointer($0.floats) }
        binder.bind(shift) { box.pointee.shift = UnsafePointer($0.floats) }
        if let residual {
          binder.bind(residual) { box.pointee.residual = UnsafePointer($0.floats) }
        }
        binder.bind(y) { box.pointee.y = $0.floats }
        binder.bind(mean) { box.pointee.mean = $0.floats }
        binder.bind(variance) { box.pointee.variance = $0.floats }
      }
    }
    step.scratchBytes = scratchBytes
    plan.add(step)
  }

  /// Operands: x, scale, then shift behind a relu, then mean, variance and the gradient.
  func lowerGradient(_ node: Node, _ plan: PlanBuilder) throws {
    let image = Layout.activation(type, .blocked)
    let x = try plan.use(node.operands[0], image)
    let rows = try node.operands.dropFirst().dropLast().map { try plan.use($0) }
    let g = try plan.use(node.operands.last!, image)
    let dx = plan.define(node.results[0], image)
    let sums = node.results.dropFirst().map { plan.define($0, .plain(plan.type(of: $0))) }
    var arguments = lk_batch_norm_gradient()
    arguments.shape = shape
    arguments.relu = relu
    var step = Step(
      name: relu ? "batch_norm_relu_gradient" : "batch_norm_gradient",
      kernel: "lepton:batch_norm", reads: [x] + rows + [g], writes: [dx] + sums,
      inPlace: [(dx, g)]
    ) { [arguments] binder in
      binder.kernel(lk_batch_norm_gradient_run, arguments) { box, binder in
        box.pointee.scratch = binder.scratch.floats
        binder.bind(x) { box.pointee.x = UnsafePointer($0.floats) }
        binder.bind(rows[0]) { box.pointee.scale = UnsafePointer($0.floats) }
        // Without a relu the gradient does not depend on the shift, but a row is read.
        binder.bind(rows[arguments.relu ? 1 : 0]) { box.pointee.shift = UnsafePointer($0.floats) }
        binder.bind(rows[rows.count - 2]) { box.pointee.mean = UnsafePointer($0.floats) }
        binder.bind(rows[rows.count - 1]) { box.pointee.variance = UnsafePointer($0.floats) }
        binder.bind(g) { box.pointee.g = UnsafePointer($0.floats) }
        binder.bind(dx) { box.pointee.dx = $0.floats }
        binder.bind(sums[0]) { box.pointee.dscale = $0.floats }
        binder.bind(sums[1]) { box.pointee.dshift = $0.floats }
      }
    }
    step.scratchBytes = scratchBytes
    plan.add(step)
  }

  private var scratchBytes: Int {
    Int(withUnsafePointer(to: shape, lk_batch_norm_scratch)) * MemoryLayout<Float>.size
  }
}
