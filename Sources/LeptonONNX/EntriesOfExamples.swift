import LeptonGraph
import LeptonOps
import LeptonValues

/// Exporters write `table[arange(N), k]`, an entry of each example, with the examples numbered: as places of all `N·S` entries,
/// or as pairs. Read back, no example needs its number.
extension Generalization {
  /// What stands for nodes that take entries of each example; nil where they are others.
  mutating func entries(_ nodes: [Node]) throws -> Value? {
    guard nodes.allSatisfy({ AnyHashable($0.op) == AnyHashable(nodes[0].op) }) else { return nil }
    switch nodes[0].op {
    case let gather as Gather where gather.axis == 0:
      guard let flat = producers[nodes[0].operands[0]], flat.op is Reshape,
        let rest = flattened(flat), let table = general[flat.operand],
        let entries = try entries(nodes[0].operands[1], of: flat.operand)
      else { return nil }
      let y = try taken(entries, from: table)
      // Axes of extent 1 that the flat table has.
      let copied = [Int](repeating: 0, count: builder.shape(of: y).rank)
      return rest == 0
        ? y : try builder.add(one: Reshape(copied + [Int](repeating: 1, count: rest)), y)
    case let gather as GatherND where gather.batchDims == 0:
      guard let table = general[nodes[0].operands[0]],
        let entries = try entries(nodes[0].operands[1], of: nodes[0].operands[0], asPairs: true)
      else { return nil }
      return try taken(entries, from: table)
    default: return nil
    }
  }

  /// Which entry every example takes.
  private enum Entries {
    /// The same in all, `[...]`.
    case alike(Value)
    /// One each, `[N, ...]`.
    case each(Value)
  }

  private mutating func taken(_ entries: Entries, from table: Value) throws -> Value {
    switch entries {
    case .alike(let places): return try builder.add(one: Gather(axis: 1), table, places)
    case .each(let places):
      let rank = builder.shape(of: places).rank
      let tuples = try builder.add(
        one: Reshape([Int](repeating: 0, count: rank) + [1]), places)
      return try builder.add(one: GatherND(batchDims: 1), table, tuples)
    }
  }

  /// How many axes of extent 1 are left behind those of a table `[N, S, ...]` whose first two a reshape makes one; nil where
  /// it does something else.
  private func flattened(_ reshape: Node) -> Int? {
    let counts = readings.map { reading -> Int? in
      let from = reading.graph.type(of: reshape.operand).shape
      let to = reading.graph.type(of: reshape.result).shape
      guard from.rank >= 2, to.rank >= 1, to[0] == from[0] * from[1] else { return nil }
      let (before, after) = (Array(from[2...]), Array(to[1...]))
      if before == after { return 0 }
      return before.isEmpty && after.allSatisfy({ $0 == 1 }) ? after.count : nil
    }
    return counts.allSatisfy { $0 == counts[0] } ? counts[0] : nil
  }

  private mutating func entries(
    _ places: Value, of table: Value, asPairs: Bool = false
  ) throws -> Entries? {
    if let known = known(places, of: table, asPairs: asPairs) {
      return try constant(known).map { .alike($0) }
    }
    guard let sum = producers[places] else { return nil }
    switch sum.op {
    case is Add where !asPairs:
      for (first, other) in [(0, 1), (1, 0)] {
        guard isFirst(sum.operands[first], of: table, asPairs: false),
          let entries = general[sum.operands[other]],
          builder.shape(of: entries).rank == builder.shape(of: general[places] ?? entries).rank
        else { continue }
        return .each(entries)
      }
      return nil
    case let concat as Concat where asPairs && sum.operands.count == 2:
      let rank = readings[0].graph.type(of: places).shape.rank
      guard concat.axis == rank - 1 || concat.axis == -1,
        isFirst(sum.operands[0], of: table, asPairs: true), let column = general[sum.operands[1]]
      else { return nil }
      let copied = [Int](repeating: 0, count: rank - 1)
      return .each(try builder.add(one: Reshape(copied), column))
    default: return nil
    }
  }

  /// Whether these are known as the places of the first entry of each example, or (of pairs) as their numbers.
  private func isFirst(_ places: Value, of table: Value, asPairs: Bool) -> Bool {
    readings.allSatisfy { reading in
      let shape = reading.graph.type(of: table).shape
      guard let data = reading.constants[places], shape.rank >= 2 else { return false }
      let numbered = asPairs ? Shape([shape[0], 1]) : shape
      return data.entries(ofExamplesIn: numbered, asPairs: false)?.ints.allSatisfy { $0 == 0 }
        ?? false
    }
  }

  /// The entries of an example in all graphs, where they are known and those of every example.
  private func known(_ places: Value, of table: Value, asPairs: Bool) -> [TensorData]? {
    let entries = readings.compactMap { reading in
      reading.constants[places]?.entries(
        ofExamplesIn: reading.graph.type(of: table).shape, asPairs: asPairs)
    }
    return entries.count == readings.count ? entries : nil
  }
}

extension TensorData {
  /// The entries that every example takes, `[...]`, where these are the places of all of them, `[N, ...]`, in a table
  /// `[N, S, ...]`: numbers over both axes, or pairs along the last one.
  fileprivate func entries(ofExamplesIn table: Shape, asPairs: Bool) -> TensorData? {
    guard table.rank >= 2, shape.rank > (asPairs ? 1 : 0), shape[0] == table[0], table[0] > 0,
      dtype == .i64 || dtype == .i32, !asPairs || shape[shape.rank - 1] == 2
    else { return nil }
    let numbers = ints
    let flat =
      asPairs
      ? stride(from: 0, to: numbers.count, by: 2).map { numbers[$0] * table[1] + numbers[$0 + 1] }
      : numbers
    let count = flat.count / table[0]
    let isOfExamples = flat.indices.allSatisfy { place in
      let (example, entry) = place.quotientAndRemainder(dividingBy: count)
      return flat[place] == flat[entry] + example * table[1]
    }
    guard isOfExamples, flat.prefix(count).allSatisfy({ 0..<table[1] ~= $0 }) else { return nil }
    let extents = shape.extents.dropFirst().dropLast(asPairs ? 1 : 0)
    return TensorData(flat.prefix(count).map(Int64.init), shape: Shape(Array(extents)))
  }
}
