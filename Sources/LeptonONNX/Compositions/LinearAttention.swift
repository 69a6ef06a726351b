import LeptonGraph
import LeptonOps
import LeptonValues

/// Linear attention (Katharopoulos et al. 2020) with gates and the delta rule (Yang et al. 2024): a state of one matrix for
/// each head, which every step decays, corrects, adds to and reads. The steps are written out.
extension Compositions {
  /// Sequences that are written out; longer ones would make graphs that nobody wants to wait for.
  private static let longestSequence = 1024

  static let readLinearAttention: ONNXReader = { node, context in
    try node.allow(["chunk_size", "kv_num_heads", "q_num_heads", "scale", "update_rule"])
    let rule = try node.choice(
      "update_rule", of: ["linear", "gated", "delta", "gated_delta"], default: "gated_delta")
    let (isGated, hasDelta) = (rule.hasPrefix("gated"), rule.hasSuffix("delta"))
    guard (node.optionalInput(4) != nil) == isGated, (node.optionalInput(5) != nil) == hasDelta
    else {
      throw node.error(
        "decay and beta do not fit rule '\(rule)'",
        fix: "gated rules take decay, delta rules take beta, others do not")
    }
    let (queryHeads, heads) = (
      try node.requiredInt("q_num_heads"), try node.requiredInt("kv_num_heads")
    )
    let shapes = try (0..<3).map { context.shape(of: try node.input($0)) }
    guard shapes.allSatisfy({ $0.rank == 3 }), queryHeads > 0, heads > 0, queryHeads % heads == 0,
      shapes[0][2] % queryHeads == 0, shapes[1][2] % heads == 0, shapes[2][2] % heads == 0,
      shapes[0][2] / queryHeads == shapes[1][2] / heads
    else {
      throw node.error(
        "\(queryHeads) query heads and \(heads) key heads in \(shapes.map(\.description))",
        fix: "operands are [batch, sequence, heads * size]")
    }
    let (steps, size, width) = (shapes[0][1], shapes[1][2] / heads, shapes[2][2] / heads)
    guard 1...longestSequence ~= steps else {
      throw node.error("\(steps) steps are not supported", fix: "give 1 to \(longestSequence)")
    }
    let dtype = context.dtype(of: try node.input(0))
    let scale = node.float("scale", default: 0)
    let factor = scale == 0 ? 1 / Double(size).squareRoot() : scale

    /// `[batch, key heads, sequence * rows, columns]` in single precision.
    func unpacked(_ index: Int, _ columns: Int) throws -> Value {
      let apart = try context.reshaped(
        context.cast(node.input(index), to: .f32), [0, steps, -1, columns])
      return try context.transposed(apart, [0, 2, 1, 3])
    }
    let queries = try unpacked(0, size)
    let (keys, values) = (try unpacked(1, size), try unpacked(2, width))
    let decays = isGated ? try decay(node, heads, size, &context) : nil
    let rates = hasDelta ? try unpacked(5, 1) : nil
    if let rates, ![1, heads].contains(context.shape(of: rates)[1]) {
      throw node.error("beta has shape \(context.shape(of: try node.input(5)))")
    }
    let stateShape = Shape([shapes[0][0], heads, size, width])
    var state: Value
    if let past = node.optionalInput(3) {
      try node.require(context.shape(of: past), stateShape, "past_state")
      state = try context.cast(past, to: .f32)
    } else {
      state = try context.zeros(.f32, stateShape)
    }

    var results: [Value] = []
    for step in 0..<steps {
      func now(_ sequence: Value) throws -> Value {
        try context.part(sequence, step..<step + 1, axis: 2)
      }
      if let decays {
        state = try context.times(state, context.transposed(now(decays), [0, 1, 3, 2]))
      }
      let key = try now(keys)
      var value = try now(values)
      if let rates {
        let known = try context.add(MatMul(), key, state)
        value = try context.times(now(rates), context.minus(value, known))
      }
      state = try context.plus(
        state, context.times(context.transposed(key, [0, 1, 3, 2]), value))
      let query = try context.reshaped(
        now(queries), [0, heads, queryHeads / heads, size])
      let read = try context.add(MatMul(), query, state)
      results.append(try context.reshaped(read, [0, 1, -1]))
    }
    let y = try context.times(context.joined(results, axis: 1), factor)
    let stateType = node.optionalInput(3).map { context.dtype(of: $0) } ?? dtype
    return [try context.cast(y, to: dtype), try context.cast(state, to: stateType)]
  }

  /// What each step multiplies the rows of the state by, `[batch, heads, sequence, rows or 1]`.
  private static func decay(
    _ node: ONNXNode, _ heads: Int, _ size: Int, _ context: inout ONNXReadContext
  ) throws -> Value {
    let gates = try context.cast(node.input(4), to: .f32)
    let shape = context.shape(of: gates)
    guard shape.rank == 3, [heads, heads * size].contains(shape[2]) else {
      throw node.error("decay has shape \(shape)", fix: "it has one number for each head or row")
    }
    let apart = try context.reshaped(gates, [0, 0, heads, shape[2] / heads])
    return try context.add(Exp(), context.transposed(apart, [0, 2, 1, 3]))
  }
}
