import CLeptonDNN
import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonRuntime
import LeptonValues

/// Turns the nodes of a graph into steps, and remembers in which layouts each value can be had.
///
/// Kernels ask for their operands in the layout they compute best in (`use`); a value that is not there yet in that
/// layout gets there by a reorder, once. Nothing is reordered that the next kernel can read as it is.
final class PlanBuilder {
  let graph: Graph
  let options: CompileOptions
  /// The team that will run the plan.
  let threads: Int32
  let index: GraphIndex
  private(set) var slots: [Slot] = []
  private(set) var steps: [Step] = []
  /// Run once, when the plan is made: packing of constants.
  private(set) var setup: [Step] = []
  /// The contents of constant slots that are not made by `setup`.
  private(set) var constants: [Slot.ID: TensorData] = [:]
  /// Convolutions among whose algorithms there was a choice, and what the rule over shapes says of each.
  private(set) var choices: [(task: String, node: Node, byShape: Bool)] = []
  private(set) var residentSlots: [String: (slot: Slot.ID, layout: Layout)] = [:]

  private var locations: [[(layout: Layout, slot: Slot.ID)]]
  private var inputs: [Value: Graph.Port] = [:]
  private var literals: [Value: TensorData] = [:]
  /// Casts of weights, made on demand by the reorder that packs them.
  private var pendingCasts: [Value: Value] = [:]
  /// Slots in which more than one value lies.
  private var aliased: Set<Slot.ID> = []
  private var currentNode: Node?
  private var hasCharged = false

  init(_ graph: Graph, _ options: CompileOptions, threads: Int32) {
    self.graph = graph
    self.options = options
    self.threads = threads
    index = GraphIndex(graph)
    locations = Array(repeating: [], count: graph.types.count)
    for (position, port) in graph.dataInputs.enumerated() {
      define(port.value, .plain(graph.type(of: port.value)), slotKind: .feed(position))
    }
    for port in graph.residents { inputs[port.value] = port }
  }

  func type(of value: Value) -> TensorType { graph.type(of: value) }
  func shape(of value: Value) -> Shape { graph.type(of: value).shape }

  // MARK: Values

  /// Declares that `value` is the constant `data`.
  func define(_ value: Value, constant data: TensorData) { literals[value] = data }

  /// The elements of a value that is constant.
  func constant(_ value: Value) -> TensorData? { literals[value] }

  /// Whether a value stays the same between runs or changes only by updates: weights, and casts of them.
  func isWeight(_ value: Value) -> Bool {
    literals[value] != nil || inputs[value] != nil || pendingCasts[value] != nil
  }

  /// Declares that `value` is a weight in another precision; the reorder that packs it will convert it too.
  func define(_ value: Value, castOf source: Value) { pendingCasts[value] = source }

  /// The layout in which a weight is kept, once its first user has chosen.
  func weightLayout(_ value: Value) -> Layout? {
    inputs[value].flatMap { residentSlots[$0.name]?.layout }
  }

  /// The formats in which the value can be read without a reorder.
  func layouts(of value: Value) -> [Layout] { locations[value.id].map(\.layout) }

  func isAvailable(_ value: Value, in format: Layout.Format) -> Bool {
    locations[value.id].contains { $0.layout.format == format }
  }

  /// Makes memory for a result.
  @discardableResult
  func define(_ value: Value, _ layout: Layout, slotKind: Slot.Kind = .arena) -> Slot.ID {
    let slot = makeSlot(slotKind, layout)
    locations[value.id].append((layout, slot))
    return slot
  }

  /// The layout of a 4-D value that costs nothing to read; plain for others.
  func activationFormat(of value: Value) -> Layout.Format {
    guard shape(of: value).rank == 4, let format = layouts(of: value).first?.format else {
      return .plain
    }
    return format == .native ? .plain : format
  }

  /// Memory for `result` that starts out with the elements of `value`: the value's own memory where nobody else reads it,
  /// else a copy.
  func takeOver(_ value: Value, _ layout: Layout, for result: Value) throws -> Slot.ID {
    let slot = try use(value, layout)
    if case .arena = slots[slot].kind, isReadLast(value), !aliased.contains(slot) {
      locations[value.id].removeAll { $0.slot == slot }
      locations[result.id].append((layout, slot))
      return slot
    }
    let target = define(result, layout)
    addReorder(copy(slot, target, layout.byteCount))
    return target
  }

  /// Whether the node that is being lowered is the last to read the value, and reads it once.
  private func isReadLast(_ value: Value) -> Bool {
    guard let node = currentNode, index.outputCounts[value.id] == 0 else { return false }
    let users = index.users[value.id]
    return users.last == index.producers[node.results[0].id]
      && node.operands.count { $0 == value } == 1
  }

  /// Memory that one step leaves for another.
  func makeWorkspace(_ byteCount: Int) -> Slot.ID { makeSlot(.arena, byteCount) }

  /// Memory that a step makes of `value`: once where the value is constant, in each run otherwise.
  func prepare(
    _ value: Value, _ byteCount: Int, _ step: (_ source: Slot.ID, _ target: Slot.ID) -> Step
  ) throws -> Slot.ID {
    let source = try use(value)
    let isConstant = literals[value] != nil
    let target = makeSlot(isConstant ? .constant : .arena, byteCount)
    if isConstant {
      setup.append(step(source, target))
    } else {
      addReorder(step(source, target))
    }
    return target
  }

  /// A constant that is no value of the graph.
  func makeConstant(_ data: TensorData) -> Slot.ID {
    let slot = makeSlot(.constant, data.type.byteCount)
    constants[slot] = data
    return slot
  }

  /// A constant that `step` makes once from others.
  func makeConstant(byteCount: Int, by step: (Slot.ID) -> Step) -> Slot.ID {
    let slot = makeSlot(.constant, byteCount)
    setup.append(step(slot))
    return slot
  }

  /// The weight that an update node changes by this gradient.
  func updatedWeight(by gradient: Value) -> Value? {
    for user in index.users[gradient.id] {
      let node = graph.nodes[user]
      if let weight = node.operands.first, weight != gradient, inputs[weight] != nil,
        shape(of: weight) == shape(of: gradient)
      {
        return weight
      }
    }
    return nil
  }

  /// Winners of max poolings by the value that was pooled.
  var poolWinners: [Value: PoolWinners] = [:]

  /// Declares that `value` lies where `slot` is: a reshape of something dense.
  func define(_ value: Value, _ layout: Layout, in slot: Slot.ID) {
    locations[value.id].append((layout, slot))
    aliased.insert(slot)
  }

  func isDefined(_ value: Value) -> Bool { !locations[value.id].isEmpty }

  /// The value, row-major.
  func use(_ value: Value) throws -> Slot.ID { try use(value, .plain(type(of: value))) }

  /// The value in `layout`; adds a reorder where it is not there yet in that layout.
  func use(_ value: Value, _ layout: Layout) throws -> Slot.ID {
    if let found = locations[value.id].first(where: { $0.layout == layout }) { return found.slot }
    if let port = inputs[value], residentSlots[port.name] == nil {
      let slot = makeSlot(.resident(port.name), layout)
      residentSlots[port.name] = (slot, layout)
      locations[value.id].append((layout, slot))
      return slot
    }
    if let data = literals[value], layout.format == .plain {
      let slot = makeSlot(.constant, layout)
      constants[slot] = data
      locations[value.id].append((layout, slot))
      return slot
    }
    if literals[value] != nil {
      let from = try use(value)
      let slot = makeSlot(.constant, layout)
      setup.append(
        try Self.reorder(from, .plain(type(of: value)), slot, layout))
      locations[value.id].append((layout, slot))
      return slot
    }
    if let source = pendingCasts[value] { return try useCast(value, of: source, layout) }
    guard let from = locations[value.id].first else {
      throw LeptonError(
        .defect, "\(value) is read before it has a place", at: currentNode?.name ?? "")
    }
    let slot = define(value, layout)
    addReorder(try Self.reorder(from.slot, from.layout, slot, layout))
    return slot
  }

  private func useCast(_ value: Value, of source: Value, _ layout: Layout) throws -> Slot.ID {
    let stored = weightLayout(source) ?? .plain(type(of: source))
    let from = try use(source, stored)
    let slot = define(value, layout)
    addReorder(try Self.reorder(from, stored, slot, layout))
    return slot
  }

  private func makeSlot(_ kind: Slot.Kind, _ byteCount: Int) -> Slot.ID {
    slots.append(Slot(kind: kind, byteCount: byteCount))
    return slots.count - 1
  }

  private func makeSlot(_ kind: Slot.Kind, _ layout: Layout) -> Slot.ID {
    slots.append(Slot(kind: kind, byteCount: layout.byteCount, layout: layout))
    return slots.count - 1
  }

  // MARK: Steps

  /// Adds a step of the node that is being lowered; the first one carries the node's cost.
  func add(_ step: Step) {
    var step = step
    if let node = currentNode {
      step.place = node.name
      if let source = node.operands.first { step.arithmetic = type(of: source).dtype }
      if !hasCharged { step.cost = graph.cost(of: node) }
      hasCharged = true
    }
    steps.append(step)
  }

  /// Runs `body` with `node` as the one whose steps are added.
  func lowering(_ node: Node, _ body: () throws -> Void) rethrows {
    currentNode = node
    hasCharged = false
    defer { currentNode = nil }
    try body()
  }

  /// How the first operand and the first result of a step lie: `abcd to aBcd8b`.
  func layouts(of step: Step) -> String {
    let tags = [step.reads.first, step.writes.first].compactMap { slot in
      slot.flatMap { slots[$0].layout?.tag }
    }
    return tags.count == 2 && tags[0] == tags[1] ? tags[0] : tags.joined(separator: " to ")
  }

  private func addReorder(_ step: Step) {
    var step = step
    step.place = currentNode?.name ?? ""
    steps.append(step)
  }

  /// A step that copies from one layout and element type to another.
  static func reorder(
    _ source: Slot.ID, _ from: Layout, _ target: Slot.ID, _ to: Layout
  ) throws -> Step {
    // Row-major weights take the extents of the packed side, which counts groups as an axis of their own.
    guard
      let fromHandle = from.format == .plain && to.format == .native
        ? ld_layout_plain_like(to.handle, from.dtype.native ?? LD_F32) : from.handle,
      let toHandle = to.format == .plain && from.format == .native
        ? ld_layout_plain_like(from.handle, to.dtype.native ?? LD_F32) : to.handle,
      let primitive = Primitive(ld_reorder(fromHandle, toHandle, nil, 0, 0))
    else {
      throw LeptonError(
        .defect, "no reorder from \(from) to \(to): \(String(cString: ld_last_error()))")
    }
    var step = Step(
      "reorder", primitive, reads: [(LD_SRC, source)], writes: [(LD_DST, target)])
    step.kernel += " \(from) to \(to)"
    step.cost = Cost(flops: 0, bytesRead: from.byteCount, bytesWritten: to.byteCount)
    return step
  }

  // MARK: Algorithms

  /// Whether a convolution that Winograd's algorithm applies to takes it.
  func takesWinograd(_ task: ConvolutionTask, byShape: Bool) -> Bool {
    if let node = currentNode { choices.append((task.description, node, byShape)) }
    switch options.algorithms {
    case .byShape: return byShape
    case .measured(let measured): return measured[task].map { $0 == .winograd } ?? byShape
    case .deterministic: return false
    }
  }

  // MARK: Outputs

  /// Puts every next value of a resident where the resident lies: in place where nothing reads the old one later,
  /// else by a copy at the end.
  func finishUpdates() throws {
    for port in graph.outputs where port.isResident {
      let input = graph.input(named: port.name)!
      if residentSlots[port.name] == nil {
        _ = try use(
          input.value, locations[port.value.id].first?.layout ?? .plain(type(of: input.value)))
      }
      let (resident, layout) = residentSlots[port.name]!
      let slot = try use(port.value, layout)
      guard slot != resident else { continue }
      if canWrite(slot, into: resident) {
        replace(slot, by: resident)
      } else {
        steps.append(copy(slot, resident, layout.byteCount))
      }
    }
  }

  private func canWrite(_ slot: Slot.ID, into resident: Slot.ID) -> Bool {
    guard case .arena = slots[slot].kind,
      let writer = steps.firstIndex(where: { $0.writes.contains(slot) }),
      !graph.dataOutputs.contains(where: { port in
        locations[port.value.id].contains { $0.slot == slot }
      })
    else { return false }
    let readsLater = steps[(writer + 1)...].contains { $0.reads.contains(resident) }
    let writesTwice = steps.contains { $0.writes.contains(resident) }
    let readsNow = steps[writer].reads.contains(resident)
    let isInPlace = steps[writer].inPlace.contains { $0.result == slot && $0.operand == resident }
    return !readsLater && !writesTwice && (!readsNow || isInPlace)
  }

  private func replace(_ slot: Slot.ID, by other: Slot.ID) {
    replacements[slot] = other
    for position in steps.indices {
      steps[position].reads = steps[position].reads.map { $0 == slot ? other : $0 }
      steps[position].writes = steps[position].writes.map { $0 == slot ? other : $0 }
      steps[position].inPlace.removeAll { $0.result == slot }
    }
  }

  /// Slots that turned out to be others.
  private(set) var replacements: [Slot.ID: Slot.ID] = [:]

  /// A byte-for-byte copy.
  private func copy(_ source: Slot.ID, _ target: Slot.ID, _ byteCount: Int) -> Step {
    Step(
      name: "copy", kernel: "lepton:copy",
      cost: Cost(flops: 0, bytesRead: byteCount, bytesWritten: byteCount), reads: [source],
      writes: [target]
    ) { binder in
      var arguments = lk_copy()
      arguments.dims = 1
      arguments.element_bytes = 1
      arguments.extents.0 = Int64(byteCount)
      arguments.src_strides.0 = 1
      arguments.dst_strides.0 = 1
      return binder.kernel(lk_copy_run, arguments) { box, binder in
        binder.bind(source) { box.pointee.src = UnsafeRawPointer($0) }
        binder.bind(target) { box.pointee.dst = $0 }
      }
    }
  }
}
