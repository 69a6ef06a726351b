import LeptonGraph
import LeptonOps
import LeptonValues

/// What is added to the scores of attention: 0 or a number of the mask where a query sees a key, minus infinity
/// where it does not.
struct AttentionBias {
  /// Broadcasts to the scores `[batch, heads, queries, keys]`.
  let value: Value
  /// For each query whether it sees no key at all, `[..., queries, 1]`; nil where that cannot be.
  let isEmpty: Value?

  /// Nil where every query sees every key.
  ///
  /// - Parameters:
  ///   - scores: their type.
  ///   - past: keys before those of the first query.
  init?(
    _ form: AttentionForm, _ node: ONNXNode, scores: TensorType, past: Int?,
    _ context: inout ONNXReadContext
  ) throws {
    let (queries, keys) = (scores.shape[2], scores.shape[3])
    var conditions: [Value] = []
    let columns = try context.table((0..<keys).map(Double.init), [keys], .f32)
    var rows = try context.table(
      (0..<queries).map { Double($0 + (past ?? 0)) }, [queries, 1], .f32)

    if let lengths = node.optionalInput(6) {
      guard past == nil else {
        throw node.error("nonpad_kv_seqlen and past keys exclude each other")
      }
      try node.require(context.shape(of: lengths), [scores.shape[0]], "nonpad_kv_seqlen")
      let wide = try context.reshaped(context.cast(lengths, to: .f32), [-1, 1, 1, 1])
      rows = try context.plus(rows, context.plus(wide, Double(-queries)))
      conditions.append(try context.add(Less(), columns, wide))
    }
    if form.isCausal { conditions.append(try context.add(LessOrEqual(), columns, rows)) }
    if let left = form.leftWindow {
      let first = try context.plus(rows, Double(-left))
      conditions.append(try context.add(GreaterOrEqual(), columns, first))
    }
    if let right = form.rightWindow {
      let last = try context.plus(rows, Double(right))
      conditions.append(try context.add(LessOrEqual(), columns, last))
    }

    var numbers: Value?
    if let mask = try node.optionalInput(3).map({ try context.mask($0, node, scores) }) {
      if context.dtype(of: mask) == .bool {
        conditions.append(mask)
      } else {
        numbers = try context.cast(mask, to: scores.dtype)
      }
    }
    guard !conditions.isEmpty || numbers != nil else { return nil }
    var bias = try numbers ?? context.zeros(scores.dtype, [])
    if let first = conditions.first {
      let seen = try conditions.dropFirst().reduce(first) { try context.add(And(), $0, $1) }
      bias = try context.select(seen, bias, else: -.infinity)
    }
    value = bias
    let hasMask = node.optionalInput(3) != nil || node.optionalInput(6) != nil
    guard hasMask || form.hasBlindQuery(queries: queries, keys: keys, past: past ?? 0) else {
      isEmpty = nil
      return
    }
    let largest = try context.reduced(.max, bias, [context.shape(of: bias).rank - 1])
    isEmpty = try context.add(Equal(), largest, context.number(-.infinity, like: largest))
  }
}

extension AttentionForm {
  /// Whether causality and windows alone leave a query without a key.
  fileprivate func hasBlindQuery(queries: Int, keys: Int, past: Int) -> Bool {
    (past..<past + queries).contains { place in
      let first = leftWindow.map { max(0, place - $0) } ?? 0
      var last = keys - 1
      if isCausal { last = min(last, place) }
      if let rightWindow { last = min(last, place + rightWindow) }
      return first > last
    }
  }
}

extension ONNXReadContext {
  /// A mask with a column for every key: those that it leaves out are not seen.
  fileprivate mutating func mask(
    _ mask: Value, _ node: ONNXNode, _ scores: TensorType
  ) throws -> Value {
    let type = type(of: mask)
    let missing = scores.shape[3] - (type.shape.last ?? 0)
    var wide = type.shape
    if missing > 0, wide.rank > 0 { wide[wide.rank - 1] = scores.shape[3] }
    guard type.dtype == .bool || type.dtype.isFloatingPoint, 1...4 ~= type.shape.rank,
      wide.broadcast(with: scores.shape) == scores.shape
    else {
      throw node.error(
        "a mask \(type) does not fit scores \(scores.shape)",
        fix: "give truth values or numbers that broadcast to them")
    }
    guard missing > 0, type.shape.last != 1 || node.optionalInput(6) != nil else { return mask }
    var high = [Int](repeating: 0, count: type.shape.rank)
    high[high.count - 1] = missing
    let pad = Pad(
      low: high.map { _ in 0 }, high: high, value: type.dtype == .bool ? 0 : -.infinity)
    return try add(pad, mask)
  }
}
