import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

/// Sums, means, extremes and products along axes, read in the layout in which the operand lies.
struct ReduceKernel: Kernel {
  static func lower(_ op: Reduce, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let kind: lk_reduction =
      switch op.kind {
      case .sum: LK_REDUCE_SUM
      case .mean: LK_REDUCE_MEAN
      case .max: LK_REDUCE_MAX
      case .min: LK_REDUCE_MIN
      case .product: LK_REDUCE_PRODUCT
      }
    let dtype = plan.type(of: node.operand).dtype
    guard dtype == .f32 || dtype == .bf16 else { return false }
    return try Reduction(kind: kind, axes: op.axes).lower(node, plan)
  }
}

struct ArgMaxKernel: Kernel {
  static func lower(_ op: ArgMax, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    guard plan.type(of: node.operand).dtype == .f32 else { return false }
    return try Reduction(kind: LK_REDUCE_ARGMAX, axes: [op.axis]).lower(node, plan)
  }
}

struct ArgMinKernel: Kernel {
  static func lower(_ op: ArgMin, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    guard plan.type(of: node.operand).dtype == .f32 else { return false }
    return try Reduction(kind: LK_REDUCE_ARGMIN, axes: [op.axis]).lower(node, plan)
  }
}

private struct Reduction {
  var kind: lk_reduction
  var axes: [Int]

  func lower(_ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let type = plan.type(of: node.operand)
    guard type.shape.elementCount > 0, type.shape.rank > 0 else { return false }
    let axes = self.axes.map { type.shape.axis($0) ?? $0 }
    let (layout, space) = choose(type, Set(axes), node, plan)
    let (extents, reduced) = merged(space)
    guard extents.count <= Int(LK_MAX_DIMS) else { return false }
    let source = try plan.use(node.operand, layout)
    let result = plan.define(node.result, .plain(plan.type(of: node.result)))

    var arguments = lk_reduce()
    arguments.kind = kind
    arguments.dims = Int32(extents.count)
    withUnsafeMutableBytes(of: &arguments.extents) { copyIn(extents, $0) }
    withUnsafeMutableBytes(of: &arguments.strides) { copyIn(Shape(extents).strides, $0) }
    withElements(&arguments.reduced, of: Bool.self) { flags in
      for (axis, flag) in reduced.enumerated() { flags[axis] = flag }
    }
    arguments.src_dtype = type.dtype.kernel!
    arguments.dst_dtype = plan.type(of: node.result).dtype.kernel!
    plan.add(
      Step(name: node.op.name, kernel: "lepton:reduce", reads: [source], writes: [result]) {
        [arguments] binder in
        binder.kernel(lk_reduce_run, arguments) { box, binder in
          binder.bind(source) { box.pointee.src = UnsafeRawPointer($0) }
          binder.bind(result) { box.pointee.dst = $0 }
        }
      })
    return true
  }

  /// The layout to read, and its axes from the outermost in memory with whether each is reduced.
  private func choose(
    _ type: TensorType, _ axes: Set<Int>, _ node: Node, _ plan: PlanBuilder
  ) -> (Layout, [(extent: Int, reduced: Bool)]) {
    let shape = type.shape
    let plain = shape.indices.map { (extent: shape[$0], reduced: axes.contains($0)) }
    guard kind == LK_REDUCE_SUM || kind == LK_REDUCE_MEAN || kind == LK_REDUCE_MAX,
      let layout = plan.layouts(of: node.operand).first, layout.format != .plain
    else { return (.plain(type), plain) }
    let block = Processor.channelBlock
    switch layout.format {
    case .native where kind == LK_REDUCE_SUM && axes.count == shape.rank && layout.dtype == .f32:
      return (layout, [(layout.byteCount / 4, true)])
    case .blocked where !layout.isPadded && axes.isSuperset(of: [2, 3]) && !axes.contains(1):
      return (
        layout,
        [
          (shape[0], axes.contains(0)), (shape[1] / block, false), (shape[2] * shape[3], true),
          (block, false),
        ]
      )
    case .channelsLast where axes.isSuperset(of: [2, 3]) && !axes.contains(1):
      return (
        layout, [(shape[0], axes.contains(0)), (shape[2] * shape[3], true), (shape[1], false)]
      )
    default: return (.plain(type), plain)
    }
  }

  /// Neighbouring axes with the same fate become one.
  private func merged(_ space: [(extent: Int, reduced: Bool)]) -> ([Int], [Bool]) {
    var extents: [Int] = []
    var flags: [Bool] = []
    for axis in space where axis.extent != 1 {
      if flags.last == axis.reduced {
        extents[extents.count - 1] *= axis.extent
      } else {
        extents.append(axis.extent)
        flags.append(axis.reduced)
      }
    }
    return extents.isEmpty ? ([1], [true]) : (extents, flags)
  }
}
