import CLeptonDNN
import LeptonGraph
import LeptonOps
import LeptonValues

struct MaxPoolKernel: Kernel {
  static func lower(_ op: MaxPool2D, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let x = node.operand
    if try BytePool.lower(op, node, plan) { return true }
    let keepsWinners = plan.index.users[x.id].contains { user in
      (plan.graph.nodes[user].op as? MaxPool2DGradient)?.pool == op
    }
    let pooling = Pooling(
      kind: LD_POOL_MAX, kernel: op.kernel, strides: op.strides, padding: op.padding,
      dilation: op.dilation, isTraining: keepsWinners)
    return try pooling.lowerForward(node, plan)
  }
}

struct MaxPoolGradientKernel: Kernel {
  static func lower(_ op: MaxPool2DGradient, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    guard let winners = plan.poolWinners[node.operands[0]] else { return false }
    let pool = op.pool
    let pooling = Pooling(
      kind: LD_POOL_MAX, kernel: pool.kernel, strides: pool.strides, padding: pool.padding,
      dilation: pool.dilation, isTraining: true)
    return try pooling.lowerBackward(node, gradient: node.operands[1], winners: winners, plan)
  }
}

struct AveragePoolKernel: Kernel {
  static func lower(_ op: AveragePool2D, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    try Pooling(op).lowerForward(node, plan)
  }
}

struct AveragePoolGradientKernel: Kernel {
  static func lower(_ op: AveragePool2DGradient, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    try Pooling(op.pool).lowerBackward(node, gradient: node.operand, winners: nil, plan)
  }
}

/// The winners of a max pooling, kept from the forward pass for the backward pass.
struct PoolWinners {
  var slot: Slot.ID
  var format: Layout.Format
}

private struct Pooling {
  var kind: ld_pooling_kind
  var kernel: [Int]
  var strides: [Int]
  var padding: [Int]
  var dilation: [Int]
  var isTraining: Bool

  init(
    kind: ld_pooling_kind, kernel: [Int], strides: [Int], padding: [Int], dilation: [Int],
    isTraining: Bool
  ) {
    self.kind = kind
    self.kernel = kernel
    self.strides = strides
    self.padding = padding
    self.dilation = dilation
    self.isTraining = isTraining
  }

  init(_ op: AveragePool2D) {
    self.init(
      kind: op.countIncludesPadding
        ? LD_POOL_AVERAGE_INCLUDE_PADDING : LD_POOL_AVERAGE_EXCLUDE_PADDING,
      kernel: op.kernel, strides: op.strides, padding: op.padding, dilation: [1, 1],
      isTraining: true)
  }

  private func descriptor(
    _ x: TensorType, _ y: Shape, _ format: Layout.Format
  ) -> ld_pooling? {
    guard let dtype = x.dtype.native else { return nil }
    var d = ld_pooling()
    d.kind = kind
    d.batch = Int64(x.shape[0])
    d.channels = Int64(x.shape[1])
    d.in_height = Int64(x.shape[2])
    d.in_width = Int64(x.shape[3])
    d.out_height = Int64(y[2])
    d.out_width = Int64(y[3])
    d.kernel_height = Int64(kernel[0])
    d.kernel_width = Int64(kernel[1])
    d.stride_h = Int64(strides[0])
    d.stride_w = Int64(strides[1])
    d.dilation_h = Int64(dilation[0])
    d.dilation_w = Int64(dilation[1])
    d.pad_top = Int64(padding[0])
    d.pad_left = Int64(padding[1])
    d.pad_bottom = Int64(padding[2])
    d.pad_right = Int64(padding[3])
    d.dtype = dtype
    d.format = format.native
    d.training = isTraining
    return d
  }

  func lowerForward(_ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let x = plan.type(of: node.operand)
    let y = plan.type(of: node.result)
    let format = plan.activationFormat(of: node.operand)
    guard var d = descriptor(x, y.shape, format), let primitive = Primitive(ld_pooling_forward(&d))
    else { return false }
    let source = try plan.use(node.operand, .activation(x, format))
    var writes = [(LD_DST, plan.define(node.result, .activation(y, format)))]
    let workspace = primitive.byteCount(LD_WORKSPACE)
    if workspace > 0 {
      let slot = plan.makeWorkspace(workspace)
      plan.poolWinners[node.operand] = PoolWinners(slot: slot, format: format)
      writes.append((LD_WORKSPACE, slot))
    }
    plan.add(Step(node.op.name, primitive, reads: [(LD_SRC, source)], writes: writes))
    return true
  }

  func lowerBackward(
    _ node: Node, gradient: Value, winners: PoolWinners?, _ plan: PlanBuilder
  ) throws -> Bool {
    let x = plan.type(of: node.result)
    let g = plan.type(of: gradient)
    let format = winners?.format ?? plan.activationFormat(of: gradient)
    guard var d = descriptor(x, g.shape, format), let primitive = Primitive(ld_pooling_backward(&d))
    else { return false }
    var reads = [(LD_DIFF_DST, try plan.use(gradient, .activation(g, format)))]
    if let winners { reads.append((LD_WORKSPACE, winners.slot)) }
    let result = plan.define(node.result, .activation(x, format))
    plan.add(Step(node.op.name, primitive, reads: reads, writes: [(LD_DIFF_SRC, result)]))
    return true
  }
}

extension Layout.Format {
  var native: ld_format {
    switch self {
    case .plain: LD_FORMAT_PLAIN
    case .channelsLast: LD_FORMAT_CHANNELS_LAST
    case .blocked: Processor.channelBlock == 16 ? LD_FORMAT_BLOCKED16 : LD_FORMAT_BLOCKED8
    case .native: LD_FORMAT_ANY
    }
  }
}
