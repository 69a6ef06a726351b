import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

/// Fused chains of elementwise operations: one pass over memory in whatever layout the operands lie.
struct ElementwiseKernel: Kernel {
  static func lower(_ op: FusedElementwise, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    try lower(op.program, node, plan)
  }

  /// One operation of its own.
  static func lower(_ op: some ElementwiseOp, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    let types = (node.operands + node.results).map { plan.type(of: $0).dtype }
    let isExact = op.isExactInFloats(types) || isExact(op.program, types)
    return try isExact && lower(op.program, node, plan)
  }

  private static func lower(_ program: ScalarProgram, _ node: Node, _ plan: PlanBuilder) throws
    -> Bool
  {
    let types = (node.operands + node.results).map(plan.type(of:))
    guard types.allSatisfy({ $0.dtype.kernel != nil }) else { return false }
    guard let micro = MicroProgram(program) else { return false }
    let result = plan.type(of: node.results[0])
    guard node.operands.count <= Int(LK_MAX_OPERANDS), node.results.count <= Int(LK_MAX_RESULTS),
      result.shape.rank <= Int(LK_MAX_DIMS)
    else { return false }

    let space = IterationSpace(program, node, plan)
    var reads: [Slot.ID] = []
    var strides: [[Int]] = []
    for operand in node.operands {
      let (layout, operandStrides) = space.operand(plan.type(of: operand))
      reads.append(try plan.use(operand, layout))
      strides.append(operandStrides)
    }
    var writes: [Slot.ID] = []
    for value in node.results {
      writes.append(plan.define(value, space.result(plan.type(of: value))))
    }
    let (extents, collapsed) = collapse(space.extents, strides)
    guard extents.count <= Int(LK_MAX_DIMS) else {
      throw LeptonError(.defect, "an elementwise space of \(extents.count) axes", at: node.name)
    }

    var arguments = lk_elementwise()
    arguments.dims = Int32(extents.count)
    withUnsafeMutableBytes(of: &arguments.extents) { copyIn(extents, $0) }
    arguments.operand_count = Int32(reads.count)
    arguments.result_count = Int32(writes.count)
    arguments.micro_count = Int32(micro.steps.count)
    withElements(&arguments.operands, of: lk_operand.self) { operands in
      for (position, operand) in node.operands.enumerated() {
        operands[position].dtype = plan.type(of: operand).dtype.kernel!
        withUnsafeMutableBytes(of: &operands[position].strides) {
          copyIn(collapsed[position], $0)
        }
      }
    }
    let resultDTypes = node.results.map { plan.type(of: $0).dtype.kernel! }
    withResults(&arguments) { results in
      for position in writes.indices {
        results[position].dtype = resultDTypes[position]
        results[position].source = micro.results[position]
      }
    }
    withElements(&arguments.micro, of: lk_micro.self) { steps in
      for (position, step) in micro.steps.enumerated() { steps[position] = step }
    }
    if let table = ByteTable(program, node, plan) {
      table.add(
        name: name(of: node), arguments, count: space.extents.reduce(1, *), reads[0], writes[0],
        plan)
      return true
    }
    let fullSize = node.operands.indices.filter {
      plan.shape(of: node.operands[$0]) == result.shape
    }
    plan.add(
      Step(
        name: name(of: node), kernel: "lepton:elementwise", reads: reads, writes: writes,
        inPlace: writes.flatMap { write in fullSize.map { (write, reads[$0]) } }
      ) { [arguments] binder in
        binder.kernel(lk_elementwise_run, arguments) { box, binder in
          for (position, slot) in reads.enumerated() {
            binder.bind(slot) { address in
              withElements(&box.pointee.operands, of: lk_operand.self) {
                $0[position].memory = address
              }
            }
          }
          for (position, slot) in writes.enumerated() {
            binder.bind(slot) { address in
              withResults(&box.pointee) { $0[position].memory = address }
            }
          }
        }
      })
    return true
  }

  /// Tiles compute in f32; wider integers may only be read, to be converted.
  private static func isExact(_ program: ScalarProgram, _ types: [DType]) -> Bool {
    program.steps.isEmpty && types.count == 2 && [.i32, .i64].contains(types[0])
      && types[1].isFloatingPoint
  }

  private static func name(of node: Node) -> String {
    guard let fused = node.op as? FusedElementwise else { return node.op.name }
    return fused.program.steps.filter { $0.op != .constant }.map(\.op.rawValue).prefix(6)
      .joined(separator: "+")
  }
}

/// The elements over which a program runs, in the order in which its main operands lie in memory.
private struct IterationSpace {
  let extents: [Int]
  private let shape: Shape
  private let format: Layout.Format
  private let native: Layout?
  private let block = Processor.channelBlock

  init(_ program: ScalarProgram, _ node: Node, _ plan: PlanBuilder) {
    shape = plan.shape(of: node.results[0])
    let shape = self.shape
    let full = node.operands.filter { plan.shape(of: $0) == shape }
    let rest = node.operands.filter { plan.shape(of: $0) != shape }
    (format, native) = Self.choose(program, full, rest, node, plan)
    extents =
      switch format {
      case .plain: shape.extents
      case .channelsLast: [shape[0], shape[2], shape[3], shape[1]]
      case .blocked:
        [shape[0], (shape[1] + block - 1) / block, shape[2], shape[3], block]
      case .native: [native!.byteCount / native!.dtype.byteCount]
      }
  }

  /// The format in which most of the full-size operands lie already, if the program may run there.
  private static func choose(
    _ program: ScalarProgram, _ full: [Value], _ rest: [Value], _ node: Node, _ plan: PlanBuilder
  ) -> (Layout.Format, Layout?) {
    var votes: [Layout: Int] = [:]
    for value in full {
      for layout in plan.layouts(of: value) { votes[layout, default: 0] += 1 }
      if plan.layouts(of: value).isEmpty, let layout = plan.weightLayout(value) {
        votes[layout, default: 0] += 1
      }
    }
    let order: [Layout.Format] = [.native, .blocked, .channelsLast, .plain]
    let best = votes.max {
      ($0.value, order.firstIndex(of: $1.key.format)!) < (
        $1.value, order.firstIndex(of: $0.key.format)!
      )
    }
    guard let layout = best?.key, layout.format != .plain else { return (.plain, nil) }
    let types = (node.operands + node.results).map(plan.type(of:))
    let onlyScalars = rest.allSatisfy { plan.shape(of: $0).elementCount == 1 }
    if layout.isPadded, !(onlyScalars && keepsZeros(program, full, node)) { return (.plain, nil) }
    if layout.format == .native {
      guard onlyScalars,
        types.allSatisfy({ $0.dtype == layout.dtype || $0.shape.elementCount == 1 })
      else { return (.plain, nil) }
      return (.native, layout)
    }
    guard types.allSatisfy({ $0.dtype.native != nil || $0.shape.elementCount == 1 }) else {
      return (.plain, nil)
    }
    return (layout.format, nil)
  }

  /// Whether zeros in the full-size operands give zeros, so that padding stays as it must be.
  private static func keepsZeros(_ program: ScalarProgram, _ full: [Value], _ node: Node) -> Bool {
    [0.37, -1.7].allSatisfy { other in
      program.evaluate(node.operands.map { full.contains($0) ? 0 : other }).allSatisfy { $0 == 0 }
    }
  }

  /// The layout in which an operand is read, and its strides along the space.
  func operand(_ type: TensorType) -> (Layout, [Int]) {
    if type.shape == shape { return (result(type), Shape(extents).strides) }
    if format == .native { return (.plain(type), [0]) }
    let missing = shape.rank - type.shape.rank
    let plain = type.shape.strides
    let strides = (0..<shape.rank).map { axis in
      axis < missing || type.shape[axis - missing] == 1 ? 0 : plain[axis - missing]
    }
    switch format {
    case .channelsLast: return (.plain(type), [strides[0], strides[2], strides[3], strides[1]])
    case .blocked:
      return (
        .plain(type), [strides[0], block * strides[1], strides[2], strides[3], strides[1]]
      )
    case .plain, .native: return (.plain(type), strides)
    }
  }

  func result(_ type: TensorType) -> Layout {
    switch format {
    case .plain: .plain(type)
    case .blocked, .channelsLast: .activation(type, format)
    case .native: native!
    }
  }
}
