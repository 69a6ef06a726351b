import CLeptonKernels
import LeptonGraph
import LeptonRuntime
import LeptonValues

/// A piece of memory that steps read and write. Where it lies is decided after all steps are known.
struct Slot {
  enum Kind {
    /// Working memory, shared by slots that do not live at the same time.
    case arena
    /// A parameter or state that stays between runs.
    case resident(String)
    /// The tensor given for a data input.
    case feed(Int)
    /// Filled once when the plan is made.
    case constant
  }

  var kind: Kind
  var byteCount: Int
  /// Of the value that lies here; nil for workspaces.
  var layout: Layout?

  typealias ID = Int
}

/// One kernel to run, with the slots it touches; its instruction is made once memory is assigned.
struct Step {
  var name: String
  /// The implementation: `brgconv:avx512_core`.
  var kernel: String
  var place = ""
  var cost = Cost.zero
  /// What it multiplies.
  var arithmetic = DType.f32
  var reads: [Slot.ID]
  var writes: [Slot.ID]
  var scratchBytes = 0
  /// Results that may take over an operand's memory: the kernel reads an element before it writes it.
  var inPlace: [(result: Slot.ID, operand: Slot.ID)] = []
  var instruction: (inout Binder) throws -> lk_instruction
}

/// Gives instructions their memory.
struct Binder {
  /// The address of each slot; nil for feeds, which come with each run.
  let addresses: [UnsafeMutableRawPointer?]
  let feeds: [Slot.ID: Int]
  let scratch: UnsafeMutableRawPointer
  /// What instructions hold and the executable must keep.
  private(set) var owned: [AnyObject] = []
  /// Told of a feed's address before a run in which it changed.
  private(set) var patches: [(feed: Int, set: (UnsafeMutableRawPointer) -> Void)] = []

  init(
    addresses: [UnsafeMutableRawPointer?], feeds: [Slot.ID: Int], scratch: UnsafeMutableRawPointer
  ) {
    self.addresses = addresses
    self.feeds = feeds
    self.scratch = scratch
  }

  /// Calls `set` with the slot's address, at once or before the runs.
  mutating func bind(_ slot: Slot.ID, _ set: @escaping (UnsafeMutableRawPointer) -> Void) {
    if let feed = feeds[slot] {
      patches.append((feed, set))
    } else {
      set(addresses[slot]!)
    }
  }

  mutating func keep(_ object: AnyObject) { owned.append(object) }

  /// An instruction over an argument structure of one of Lepton's own kernels; `fill` binds its pointers.
  mutating func kernel<Arguments>(
    _ run: @escaping @convention(c) (UnsafeMutableRawPointer?) -> Void, _ arguments: Arguments,
    _ fill: (UnsafeMutablePointer<Arguments>, inout Binder) -> Void
  ) -> lk_instruction {
    let box = ArgumentBox(arguments)
    keep(box)
    fill(box.pointer, &self)
    return lk_instruction(run: run, context: UnsafeMutableRawPointer(box.pointer))
  }
}

/// Memory of one kernel's arguments.
private final class ArgumentBox<Arguments> {
  let pointer: UnsafeMutablePointer<Arguments>

  init(_ arguments: Arguments) {
    pointer = .allocate(capacity: 1)
    pointer.initialize(to: arguments)
  }

  deinit {
    pointer.deinitialize(count: 1)
    pointer.deallocate()
  }
}
