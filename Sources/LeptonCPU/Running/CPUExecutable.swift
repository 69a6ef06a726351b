import CLeptonDNN
import CLeptonKernels
import Foundation
import LeptonGraph
import LeptonRuntime
import LeptonValues

/// A plan with its memory: instructions bound once, run in a loop without look-ups or allocations.
final class CPUExecutable: Executable {
  let graph: Graph
  private let threads: Int32
  private let arena: Buffer
  private let scratch: Buffer
  /// Memory of slots outside the arena.
  private let fixed: [Slot.ID: Buffer]
  private let residents: [String: (buffer: Buffer, layout: Layout)]
  private var instructions: [lk_instruction] = []
  private var nanoseconds: [UInt64]
  private let steps: [Step]
  /// For profiles: how each step's first operand and first result lie.
  private let stepLayouts: [String]
  private let profiles: Bool
  private var runs = 0
  private let owned: [AnyObject]
  private let calls: [PrimitiveCall]
  private let checks: [any RunCheck]
  private let patches: [(feed: Int, set: (UnsafeMutableRawPointer) -> Void)]
  private var feedAddresses: [UnsafeRawPointer?]
  private let outputs: [(address: UnsafeMutableRawPointer?, feed: Int?, type: TensorType)]

  init(_ plan: PlanBuilder, _ options: CompileOptions, threads: Int32) throws {
    graph = plan.graph
    self.threads = threads
    profiles = options.profiles
    steps = plan.steps
    stepLayouts = options.profiles ? plan.steps.map { plan.layouts(of: $0) } : []
    var outputSlots: [Slot.ID] = []
    for port in graph.dataOutputs { outputSlots.append(try plan.use(port.value)) }
    let memory = MemoryPlan(plan.slots, plan.steps, keeping: Set(outputSlots))
    let setupScratch = plan.setup.map(\.scratchBytes).max() ?? 0
    let most = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    guard memory.arenaBytes < most, memory.scratchBytes < most else {
      throw LeptonError(
        .infeasible,
        "it takes \(memory.arenaBytes + memory.scratchBytes) bytes to compute, and this machine has \(most)",
        at: graph.name, fix: "give smaller extents or fewer examples at once")
    }
    let arena = Buffer(zeroed: memory.arenaBytes)
    self.arena = arena
    scratch = Buffer(byteCount: max(memory.scratchBytes, setupScratch))

    var fixed: [Slot.ID: Buffer] = [:]
    var feeds: [Slot.ID: Int] = [:]
    var addresses = [UnsafeMutableRawPointer?](repeating: nil, count: plan.slots.count)
    for (id, slot) in plan.slots.enumerated() {
      switch slot.kind {
      case .feed(let index): feeds[id] = index
      case .resident, .constant:
        let buffer = plan.constants[id]?.buffer ?? Buffer(zeroed: slot.byteCount)
        fixed[id] = buffer
        addresses[id] = buffer.bytes.baseAddress
      case .arena:
        addresses[id] = memory.offsets[id].map { arena.bytes.baseAddress! + $0 }
      }
    }
    for (old, new) in plan.replacements { addresses[old] = addresses[new] }
    self.fixed = fixed
    let memories = fixed
    residents = plan.residentSlots.mapValues { (memories[$0.slot]!, $0.layout) }

    var binder = Binder(
      addresses: addresses, feeds: feeds, scratch: scratch.bytes.baseAddress!)
    let setup = try plan.setup.map { try $0.instruction(&binder) }
    instructions = try plan.steps.map { try $0.instruction(&binder) }
    owned = binder.owned
    calls = binder.owned.compactMap { $0 as? PrimitiveCall }
    checks = binder.owned.compactMap { $0 as? any RunCheck }
    patches = binder.patches
    feedAddresses = Array(repeating: nil, count: graph.dataInputs.count)
    nanoseconds = Array(repeating: 0, count: instructions.count)
    outputs = zip(graph.dataOutputs, outputSlots).map { port, slot in
      (addresses[slot], feeds[slot], plan.type(of: port.value))
    }
    lk_plan_run(setup, setup.count)
    try checkCalls()
  }

  var workingBytes: Int { arena.bytes.count + scratch.bytes.count }

  func run(_ feeds: [TensorData]) throws -> [TensorData] {
    try graph.checkFeeds(feeds)
    return try EngineThread.run { try runHere(feeds) }
  }

  private func runHere(_ feeds: [TensorData]) throws -> [TensorData] {
    lk_threads_use(threads)
    bind(feeds)
    if profiles {
      lk_plan_run_timed(instructions, instructions.count, &nanoseconds)
    } else {
      lk_plan_run(instructions, instructions.count)
    }
    runs += 1
    try checkCalls()
    return withExtendedLifetime(feeds) {
      outputs.map { output in
        output.feed.map { feeds[$0].reshaped(to: output.type.shape) }
          ?? TensorData(
            bytes: UnsafeRawBufferPointer(start: output.address, count: output.type.byteCount),
            type: output.type)
      }
    }
  }

  private func bind(_ feeds: [TensorData]) {
    var changed: UInt64 = 0
    for (index, feed) in feeds.enumerated() {
      let address = feed.withUnsafeBytes { $0.baseAddress! }
      if feedAddresses[index] != address {
        feedAddresses[index] = address
        changed |= 1 << UInt64(min(index, 63))
      }
    }
    guard changed != 0 else { return }
    for patch in patches where changed & (1 << UInt64(min(patch.feed, 63))) != 0 {
      patch.set(UnsafeMutableRawPointer(mutating: feedAddresses[patch.feed]!))
    }
  }

  private func checkCalls() throws {
    for check in checks { if let failure = check.failure { throw failure } }
    for call in calls where call.failed {
      throw LeptonError(.defect, "the kernel \(call.primitive.implementation) failed")
    }
  }

  // MARK: Residents

  func setResident(_ name: String, to data: TensorData) throws {
    try graph.checkResident(name, data.type)
    guard let (buffer, layout) = residents[name] else { return }
    try EngineThread.run {
      try data.withUnsafeBytes { bytes in
        try reorder(
          UnsafeMutableRawPointer(mutating: bytes.baseAddress!), .plain(data.type),
          buffer.bytes.baseAddress!, layout)
      }
    }
  }

  func resident(_ name: String) throws -> TensorData {
    try graph.checkResident(name, nil)
    let type = graph.type(of: graph.input(named: name)!.value)
    guard let (buffer, layout) = residents[name] else { return TensorData(zeros: type) }
    return try EngineThread.run {
      var data = TensorData(zeros: type)
      try data.withUnsafeMutableBytes { bytes in
        try reorder(buffer.bytes.baseAddress!, layout, bytes.baseAddress!, .plain(type))
      }
      return data
    }
  }

  private func reorder(
    _ source: UnsafeMutableRawPointer, _ from: Layout, _ target: UnsafeMutableRawPointer,
    _ to: Layout
  ) throws {
    guard from != to else {
      target.copyMemory(from: source, byteCount: from.byteCount)
      return
    }
    let step = try PlanBuilder.reorder(0, from, 1, to)
    let scratch = Buffer(byteCount: step.scratchBytes)
    var binder = Binder(
      addresses: [source, target], feeds: [:], scratch: scratch.bytes.baseAddress!)
    let instruction = try step.instruction(&binder)
    withExtendedLifetime((binder.owned, scratch)) { lk_plan_run([instruction], 1) }
  }

  // MARK: Profile

  var profile: [StepProfile] {
    guard profiles else { return [] }
    return steps.indices.map { index in
      let step = steps[index]
      return StepProfile(
        name: step.name, kernel: step.kernel, place: step.place, layout: stepLayouts[index],
        arithmetic: step.arithmetic, runs: runs, seconds: Double(nanoseconds[index]) * 1e-9,
        cost: step.cost)
    }
  }

  func resetProfile() {
    runs = 0
    nanoseconds = Array(repeating: 0, count: instructions.count)
  }
}
