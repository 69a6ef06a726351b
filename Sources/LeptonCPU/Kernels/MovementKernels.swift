import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

/// The same elements under another shape: the same memory.
struct ReshapeKernel: Kernel {
  static func lower(_ op: Reshape, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let type = plan.type(of: node.result)
    if let data = plan.constant(node.operand) {
      plan.define(node.result, constant: data.reshaped(to: type.shape))
      return true
    }
    // One row of pixels or one pixel lies alike in every layout without padding.
    plan.define(node.result, .plain(type), in: try plan.use(node.operand))
    return true
  }
}

struct TransposeKernel: Kernel {
  static func lower(_ op: Transpose, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let source = plan.shape(of: node.operand)
    let strides = source.strides
    try StridedCopy(
      extents: op.permutation.map { source[$0] }, sourceStrides: op.permutation.map { strides[$0] }
    ).lower(node, node.operand, plan)
    return true
  }
}

struct BroadcastKernel: Kernel {
  static func lower(_ op: BroadcastTo, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let (source, result) = (plan.shape(of: node.operand), plan.shape(of: node.result))
    let missing = result.rank - source.rank
    let strides = source.strides
    try StridedCopy(
      extents: result.extents,
      sourceStrides: result.indices.map {
        $0 < missing || source[$0 - missing] == 1 ? 0 : strides[$0 - missing]
      }
    ).lower(node, node.operand, plan)
    return true
  }
}

struct SliceKernel: Kernel {
  static func lower(_ op: Slice, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let source = plan.shape(of: node.operand)
    let strides = source.strides
    let kept = try op.extents(of: source)
    try StridedCopy(
      extents: plan.shape(of: node.result).extents,
      sourceStrides: source.indices.map { strides[$0] * op.steps[$0] },
      sourceOffset: source.indices.reduce(0) { $0 + strides[$1] * kept[$1].start }
    ).lower(node, node.operand, plan)
    return true
  }
}

struct PadKernel: Kernel {
  static func lower(_ op: Pad, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    guard op.mode == .constant, (op.low + op.high).allSatisfy({ $0 >= 0 }) else { return false }
    let type = plan.type(of: node.result)
    let source = plan.shape(of: node.operand)
    let strides = type.shape.strides
    let from = try plan.use(node.operand)
    let result = plan.define(node.result, .plain(type))
    plan.add(fillStep("pad", result, type, with: op.value))
    plan.add(
      StridedCopy(
        extents: source.extents, sourceStrides: source.strides, resultStrides: strides,
        resultOffset: source.indices.reduce(0) { $0 + strides[$1] * op.low[$1] }
      ).step("pad", from, result, type.dtype, readsResult: true))
    return true
  }
}

struct SliceGradientKernel: Kernel {
  static func lower(_ op: SliceGradient, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let type = plan.type(of: node.result)
    let strides = type.shape.strides
    let kept = try op.slice.extents(of: type.shape)
    let from = try plan.use(node.operand)
    let result = plan.define(node.result, .plain(type))
    plan.add(fillStep(node.op.name, result, type, with: 0))
    plan.add(
      StridedCopy(
        extents: kept.map(\.count), sourceStrides: plan.shape(of: node.operand).strides,
        resultStrides: strides.indices.map { strides[$0] * op.slice.steps[$0] },
        resultOffset: strides.indices.reduce(0) { $0 + strides[$1] * kept[$1].start }
      ).step(node.op.name, from, result, type.dtype, readsResult: true))
    return true
  }
}

/// A step that makes every element of `result` the same.
private func fillStep(
  _ name: String, _ result: Slot.ID, _ type: TensorType, with value: Double
) -> Step {
  var fill = lk_fill()
  fill.count = Int64(type.shape.elementCount)
  fill.element_bytes = Int32(type.dtype.byteCount)
  fill.pattern = TensorData([value], as: TensorType(type.dtype, [])).withUnsafeBytes { bytes in
    bytes.enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << (8 * UInt64($1.offset)) }
  }
  return Step(name: name, kernel: "lepton:fill", reads: [], writes: [result]) { [fill] binder in
    binder.kernel(lk_fill_run, fill) { box, binder in
      binder.bind(result) { box.pointee.dst = $0 }
    }
  }
}

struct ConcatKernel: Kernel {
  static func lower(_ op: Concat, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let type = plan.type(of: node.result)
    let axis = type.shape.axis(op.axis) ?? op.axis
    let strides = type.shape.strides
    let sources = try node.operands.map { try plan.use($0) }
    let result = plan.define(node.result, .plain(type))
    var offset = 0
    for (operand, source) in zip(node.operands, sources) {
      let shape = plan.shape(of: operand)
      plan.add(
        StridedCopy(
          extents: shape.extents, sourceStrides: shape.strides, resultStrides: strides,
          resultOffset: offset * strides[axis]
        ).step("concat", source, result, type.dtype, readsResult: offset > 0))
      offset += shape[axis]
    }
    return true
  }
}

/// One pass that moves elements from strided places to strided places.
struct StridedCopy {
  var extents: [Int]
  var sourceStrides: [Int]
  /// Row-major over `extents` by default.
  var resultStrides: [Int]?
  var sourceOffset = 0
  var resultOffset = 0

  /// Lowers a node whose result is one such copy of `operand`.
  func lower(_ node: Node, _ operand: Value, _ plan: PlanBuilder) throws {
    let source = try plan.use(operand)
    let type = plan.type(of: node.result)
    let result = plan.define(node.result, .plain(type))
    plan.add(step(node.op.name, source, result, type.dtype))
  }

  /// - Parameter readsResult: the copy leaves elements of the result that an earlier step has written.
  func step(
    _ name: String, _ source: Slot.ID, _ result: Slot.ID, _ dtype: DType, readsResult: Bool = false
  ) -> Step {
    let (extents, strides) = collapse(
      self.extents, [sourceStrides, resultStrides ?? Shape(self.extents).strides])
    var arguments = lk_copy()
    arguments.dims = Int32(extents.count)
    arguments.element_bytes = Int32(dtype.byteCount)
    withUnsafeMutableBytes(of: &arguments.extents) { copyIn(extents, $0) }
    withUnsafeMutableBytes(of: &arguments.src_strides) { copyIn(strides[0], $0) }
    withUnsafeMutableBytes(of: &arguments.dst_strides) { copyIn(strides[1], $0) }
    arguments.src_offset = Int64(sourceOffset)
    arguments.dst_offset = Int64(resultOffset)
    return Step(
      name: name, kernel: "lepton:copy", reads: [source] + (readsResult ? [result] : []),
      writes: [result]
    ) { [arguments] binder in
      binder.kernel(lk_copy_run, arguments) { box, binder in
        binder.bind(source) { box.pointee.src = UnsafeRawPointer($0) }
        binder.bind(result) { box.pointee.dst = $0 }
      }
    }
  }
}
