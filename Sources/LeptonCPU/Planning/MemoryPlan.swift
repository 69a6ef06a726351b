/// Where each slot of working memory lies in one arena: slots that never live at the same time share addresses, and a
/// result takes over its operand's memory where the kernel allows it.
///
/// Offsets are chosen largest slot first, each at the lowest gap among the slots that live with it.
struct MemoryPlan {
  private(set) var offsets: [Slot.ID: Int] = [:]
  private(set) var arenaBytes = 0
  /// The largest scratchpad of any step; one serves all.
  let scratchBytes: Int

  /// - Parameter kept: slots that must outlive the last step: what a run returns.
  init(_ slots: [Slot], _ steps: [Step], keeping kept: Set<Slot.ID>) {
    scratchBytes = steps.map(\.scratchBytes).max() ?? 0
    var lifetimes = Self.lifetimes(slots, steps, kept)
    var home = Array(slots.indices)
    Self.mergeInPlace(slots, steps, kept, &lifetimes, &home)

    var placed: [(offset: Int, end: Int, life: ClosedRange<Int>)] = []
    let order = lifetimes.keys.sorted {
      (slots[$0].byteCount, $1) > (slots[$1].byteCount, $0)
    }
    for slot in order where home[slot] == slot {
      let size = Self.aligned(slots[slot].byteCount)
      var offset = 0
      for other in placed where other.life.overlaps(lifetimes[slot]!) {
        if offset + size <= other.offset { break }
        offset = max(offset, other.end)
      }
      let entry = (offset: offset, end: offset + size, life: lifetimes[slot]!)
      placed.insert(entry, at: placed.firstIndex { $0.offset > offset } ?? placed.count)
      offsets[slot] = offset
      arenaBytes = max(arenaBytes, offset + size)
    }
    for slot in lifetimes.keys where home[slot] != slot {
      var root = slot
      while home[root] != root { root = home[root] }
      offsets[slot] = offsets[root]
    }
  }

  /// From the step that first touches a slot to the one that last does.
  private static func lifetimes(
    _ slots: [Slot], _ steps: [Step], _ kept: Set<Slot.ID>
  ) -> [Slot.ID: ClosedRange<Int>] {
    var lifetimes: [Slot.ID: ClosedRange<Int>] = [:]
    for (position, step) in steps.enumerated() {
      for slot in step.reads + step.writes {
        guard case .arena = slots[slot].kind else { continue }
        let first = lifetimes[slot]?.lowerBound ?? position
        lifetimes[slot] = first...position
      }
    }
    for slot in kept {
      if let life = lifetimes[slot] { lifetimes[slot] = life.lowerBound...steps.count }
    }
    return lifetimes
  }

  private static func mergeInPlace(
    _ slots: [Slot], _ steps: [Step], _ kept: Set<Slot.ID>,
    _ lifetimes: inout [Slot.ID: ClosedRange<Int>], _ home: inout [Slot.ID]
  ) {
    for (position, step) in steps.enumerated() {
      var taken: Set<Slot.ID> = []
      for (result, operand) in step.inPlace {
        var root = operand
        while home[root] != root { root = home[root] }
        guard home[result] == result, !taken.contains(root), let life = lifetimes[root],
          let own = lifetimes[result], own.lowerBound == position, life.upperBound == position,
          slots[root].byteCount == slots[result].byteCount,
          !(step.reads.filter { $0 == operand }.isEmpty)
        else { continue }
        home[result] = root
        lifetimes[root] = life.lowerBound...own.upperBound
        taken.insert(root)
      }
    }
  }

  private static func aligned(_ byteCount: Int) -> Int { (max(byteCount, 1) + 63) / 64 * 64 }
}
