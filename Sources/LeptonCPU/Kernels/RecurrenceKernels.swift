import CLeptonKernels
import LeptonGraph
import LeptonOps
import LeptonValues

struct LSTMRecurrenceKernel: Kernel {
  static func lower(_ op: LSTMRecurrence, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    guard let steps = Recurrence(node, values: node.results[0], op.reversed, plan) else {
      return false
    }
    let packed = try steps.packed(node.operands[1], gates: 4, backward: false, plan)
    try steps.addLSTM(node, states: node.operands[2...], weights: [packed], plan) { box, binder in
      binder.bind(packed) { box.pointee.packed = UnsafePointer($0.floats) }
    }
    return true
  }
}

struct QuantizedLSTMRecurrenceKernel: Kernel {
  static func lower(
    _ op: QuantizedLSTMRecurrence, _ node: Node, _ plan: PlanBuilder
  ) throws -> Bool {
    guard let steps = Recurrence(node, values: node.results[0], op.reversed, plan) else {
      return false
    }
    let bytes = try steps.packedBytes(node.operands[1], plan)
    let scales = try plan.use(node.operands[2])
    try steps.addLSTM(node, states: node.operands[3...], weights: [bytes, scales], plan) {
      box, binder in
      binder.bind(bytes) {
        box.pointee.bytes = UnsafePointer($0.assumingMemoryBound(to: Int8.self))
      }
      binder.bind(scales) { box.pointee.scales = UnsafePointer($0.floats) }
    }
    return true
  }
}

struct LSTMRecurrenceGradientKernel: Kernel {
  static func lower(
    _ op: LSTMRecurrenceGradient, _ node: Node, _ plan: PlanBuilder
  ) throws -> Bool {
    guard let steps = Recurrence(node, values: node.operands[2], op.reversed, plan) else {
      return false
    }
    let lengths = try node.operands.dropFirst(3 + op.given.count).first.map { try plan.use($0) }
    let packed = try steps.packed(node.operands[0], gates: 4, backward: true, plan)
    let kept = try node.operands[1..<3].map { try plan.use($0) }
    let given = try steps.given(op.given, node.operands[3...], plan)
    let results = steps.wanted(node, plan, always: [0])
    var step = Step(
      name: "lstm_gradient", kernel: "lepton:lstm",
      reads: [packed] + kept + given.compactMap(\.self) + [lengths].compactMap(\.self),
      writes: results.compactMap(\.self)
    ) { binder in
      binder.kernel(lk_lstm_gradient_run, lk_lstm_gradient()) { box, binder in
        steps.bind(&box.pointee.over, lengths, &binder) { box.pointee.over.lengths = $0 }
        binder.bind(packed) { box.pointee.packed = UnsafePointer($0.floats) }
        binder.bind(kept[0]) { box.pointee.gates = UnsafePointer($0.floats) }
        binder.bind(kept[1]) { box.pointee.c_before = UnsafePointer($0.floats) }
        binder.bind(given[0]) { box.pointee.dy = UnsafePointer($0.floats) }
        binder.bind(given[1]) { box.pointee.dh = UnsafePointer($0.floats) }
        binder.bind(given[2]) { box.pointee.dc = UnsafePointer($0.floats) }
        binder.bind(results[0]) { box.pointee.dsums = $0.floats }
        binder.bind(results[1]) { box.pointee.dh0 = $0.floats }
        binder.bind(results[2]) { box.pointee.dc0 = $0.floats }
      }
    }
    step.scratchBytes = steps.scratchBytes
    step.inPlace = results[0].map { [($0, kept[0])] } ?? []
    plan.add(step)
    return true
  }
}

struct GRURecurrenceKernel: Kernel {
  static func lower(_ op: GRURecurrence, _ node: Node, _ plan: PlanBuilder) throws -> Bool {
    guard let steps = Recurrence(node, values: node.results[0], op.reversed, plan) else {
      return false
    }
    let lengths = try node.operands.dropFirst(4).first.map { try plan.use($0) }
    let packed = try steps.packed(node.operands[1], gates: 3, backward: false, plan)
    let sums = try plan.use(node.operands[0])
    let bias = try plan.use(node.operands[2])
    let start = try plan.use(node.operands[3])
    let results = steps.wanted(node, plan)
    var step = Step(
      name: "gru", kernel: "lepton:gru",
      reads: [sums, packed, bias, start] + [lengths].compactMap(\.self),
      writes: results.compactMap(\.self)
    ) { binder in
      binder.kernel(lk_gru_run, lk_gru()) { box, binder in
        steps.bind(&box.pointee.over, lengths, &binder) { box.pointee.over.lengths = $0 }
        binder.bind(sums) { box.pointee.sums = UnsafePointer($0.floats) }
        binder.bind(packed) { box.pointee.packed = UnsafePointer($0.floats) }
        binder.bind(bias) { box.pointee.bias = UnsafePointer($0.floats) }
        binder.bind(start) { box.pointee.h0 = UnsafePointer($0.floats) }
        binder.bind(results[0]) { box.pointee.y = $0.floats }
        binder.bind(results[1]) { box.pointee.h = $0.floats }
        binder.bind(results[2]) { box.pointee.gates = $0.floats }
        binder.bind(results[3]) { box.pointee.h_before = $0.floats }
      }
    }
    step.scratchBytes = steps.scratchBytes
    plan.add(step)
    return true
  }
}

struct GRURecurrenceGradientKernel: Kernel {
  static func lower(
    _ op: GRURecurrenceGradient, _ node: Node, _ plan: PlanBuilder
  ) throws -> Bool {
    guard let steps = Recurrence(node, values: node.operands[2], op.reversed, plan) else {
      return false
    }
    let lengths = try node.operands.dropFirst(3 + op.given.count).first.map { try plan.use($0) }
    let packed = try steps.packed(node.operands[0], gates: 3, backward: true, plan)
    let kept = try node.operands[1..<3].map { try plan.use($0) }
    let given = try steps.given(op.given, node.operands[3...], plan)
    let results = steps.wanted(node, plan, always: [0, 1])
    var step = Step(
      name: "gru_gradient", kernel: "lepton:gru",
      reads: [packed] + kept + given.compactMap(\.self) + [lengths].compactMap(\.self),
      writes: results.compactMap(\.self)
    ) { binder in
      binder.kernel(lk_gru_gradient_run, lk_gru_gradient()) { box, binder in
        steps.bind(&box.pointee.over, lengths, &binder) { box.pointee.over.lengths = $0 }
        binder.bind(packed) { box.pointee.packed = UnsafePointer($0.floats) }
        binder.bind(kept[0]) { box.pointee.gates = UnsafePointer($0.floats) }
        binder.bind(kept[1]) { box.pointee.h_before = UnsafePointer($0.floats) }
        binder.bind(given[0]) { box.pointee.dy = UnsafePointer($0.floats) }
        binder.bind(given[1]) { box.pointee.dh = UnsafePointer($0.floats) }
        binder.bind(results[0]) { box.pointee.dsums = $0.floats }
        binder.bind(results[1]) { box.pointee.dproducts = $0.floats }
        binder.bind(results[2]) { box.pointee.dh0 = $0.floats }
      }
    }
    step.scratchBytes = steps.scratchBytes
    plan.add(step)
    return true
  }
}

/// What the steps of all recurrent kernels are given alike.
private struct Recurrence: Sendable {
  private let extents: [Int64]
  private let isReversed: Bool
  private let lengthDType: Int32

  /// nil where the kernels cannot compute it.
  ///
  /// - Parameter values: something `[steps, batch, hidden]`.
  init?(_ node: Node, values: Value, _ reversed: Bool, _ plan: PlanBuilder) {
    let type = plan.type(of: values)
    guard type.dtype == .f32, type.shape.elementCount > 0 else { return nil }
    extents = type.shape.extents.map { Int64($0) }
    isReversed = reversed
    lengthDType = plan.type(of: node.operands.last!).dtype.kernel ?? 0
  }

  var scratchBytes: Int { Int(lk_recurrence_scratch(extents[2])) * MemoryLayout<Float>.size }

  /// Recurrent weights in the order in which the steps read them.
  func packed(
    _ weights: Value, gates: Int64, backward: Bool, _ plan: PlanBuilder
  ) throws -> Slot.ID {
    let hidden = extents[2]
    let count = Int(lk_recurrent_weights_count(gates, hidden))
    return try plan.prepare(weights, count * MemoryLayout<Float>.size) { source, target in
      Step(name: "pack", kernel: "lepton:recurrent_weights", reads: [source], writes: [target]) {
        binder in
        var arguments = lk_recurrent_weights()
        arguments.gates = gates
        arguments.hidden = hidden
        arguments.backward = backward
        return binder.kernel(lk_recurrent_weights_run, arguments) { box, binder in
          binder.bind(source) { box.pointee.weights = UnsafePointer($0.floats) }
          binder.bind(target) { box.pointee.packed = $0.floats }
        }
      }
    }
  }

  /// The same of an LSTM in 8 bits.
  func packedBytes(_ weights: Value, _ plan: PlanBuilder) throws -> Slot.ID {
    let hidden = extents[2]
    return try plan.prepare(weights, Int(lk_recurrent_bytes_count(hidden))) { source, target in
      Step(name: "pack", kernel: "lepton:recurrent_bytes", reads: [source], writes: [target]) {
        binder in
        var arguments = lk_recurrent_bytes()
        arguments.hidden = hidden
        return binder.kernel(lk_recurrent_bytes_run, arguments) { box, binder in
          binder.bind(source) {
            box.pointee.weights = UnsafePointer($0.assumingMemoryBound(to: Int8.self))
          }
          binder.bind(target) { box.pointee.packed = $0.assumingMemoryBound(to: Int8.self) }
        }
      }
    }
  }

  /// - Parameters:
  ///   - states: the first ones, then lengths or nothing.
  ///   - weights: what `bindWeights` binds.
  func addLSTM(
    _ node: Node, states: ArraySlice<Value>, weights: [Slot.ID], _ plan: PlanBuilder,
    _ bindWeights: @escaping @Sendable (UnsafeMutablePointer<lk_lstm>, inout Binder) -> Void
  ) throws {
    let lengths = try states.dropFirst(2).first.map { try plan.use($0) }
    let sums = try plan.use(node.operands[0])
    let starts = try states.prefix(2).map { try plan.use($0) }
    let results = wanted(node, plan)
    var step = Step(
      name: "lstm", kernel: "lepton:lstm",
      reads: [sums] + weights + starts + [lengths].compactMap(\.self),
      writes: results.compactMap(\.self)
    ) { binder in
      binder.kernel(lk_lstm_run, lk_lstm()) { box, binder in
        bind(&box.pointee.over, lengths, &binder) { box.pointee.over.lengths = $0 }
        bindWeights(box, &binder)
        binder.bind(sums) { box.pointee.sums = UnsafePointer($0.floats) }
        binder.bind(starts[0]) { box.pointee.h0 = UnsafePointer($0.floats) }
        binder.bind(starts[1]) { box.pointee.c0 = UnsafePointer($0.floats) }
        binder.bind(results[0]) { box.pointee.y = $0.floats }
        binder.bind(results[1]) { box.pointee.h = $0.floats }
        binder.bind(results[2]) { box.pointee.c = $0.floats }
        binder.bind(results[3]) { box.pointee.gates = $0.floats }
        binder.bind(results[4]) { box.pointee.h_before = $0.floats }
        binder.bind(results[5]) { box.pointee.c_before = $0.floats }
      }
    }
    step.scratchBytes = scratchBytes
    step.inPlace = results[3].map { [($0, sums)] } ?? []
    plan.add(step)
  }

  /// Memory for the results that somebody reads, and for those in `always`.
  func wanted(_ node: Node, _ plan: PlanBuilder, always: [Int] = []) -> [Slot.ID?] {
    node.results.enumerated().map { position, result in
      plan.index.isUnused(result) && !always.contains(position)
        ? nil : plan.define(result, .plain(plan.type(of: result)))
    }
  }

  /// The gradients that are given, each in the place of its result.
  func given(
    _ positions: [Int], _ operands: ArraySlice<Value>, _ plan: PlanBuilder
  ) throws -> [Slot.ID?] {
    var slots: [Slot.ID?] = [nil, nil, nil]
    for (position, operand) in zip(positions, operands) { slots[position] = try plan.use(operand) }
    return slots
  }

  func bind(
    _ arguments: inout lk_recurrence, _ lengths: Slot.ID?, _ binder: inout Binder,
    _ set: @escaping (UnsafeRawPointer) -> Void
  ) {
    arguments.steps = extents[0]
    arguments.batch = extents[1]
    arguments.hidden = extents[2]
    arguments.reversed = isReversed
    arguments.length_dtype = lengthDType
    arguments.scratch = binder.scratch.floats
    binder.bind(lengths) { set(UnsafeRawPointer($0)) }
  }
}

extension Binder {
  /// Leaves the argument out where there is no slot.
  fileprivate mutating func bind(
    _ slot: Slot.ID?, _ set: @escaping (UnsafeMutableRawPointer) -> Void
  ) {
    if let slot { bind(slot, set) }
  }
}
