import LeptonGraph
import LeptonOps
import LeptonValues

/// Scaled dot-product attention (Vaswani et al. 2017), as ONNX has it from opset 23 on: masks, causality and windows,
/// fewer heads of keys than of queries, and a cache that goes in and comes out longer.
extension Compositions {
  static let readAttention: ONNXReader = { node, context in
    let form = try AttentionForm(node, context)
    // Scaled first: half precision overflows late, and what follows is one operation.
    let query = try context.heads(
      context.times(node.input(0), form.scale), form.queryHeads, form)
    var key = try context.heads(node.input(1), form.keyHeads, form)
    var value = try context.heads(node.input(2), form.keyHeads, form)
    var past: Int?
    switch (node.optionalInput(4), node.optionalInput(5)) {
    case (nil, nil): break
    case (let pastKey?, let pastValue?):
      try node.require(context.shape(of: pastKey), rank: 4, "past_key")
      past = context.shape(of: pastKey)[2]
      key = try context.joined([pastKey, key], axis: 2)
      value = try context.joined([pastValue, value], axis: 2)
    default: throw node.error("one of past_key and past_value is missing")
    }
    let present = [key, value]
    let groups = form.queryHeads / form.keyHeads
    key = try context.repeatedHeads(key, groups)
    value = try context.repeatedHeads(value, groups)

    let product = try context.add(MatMul(transposeB: true), query, key)
    var scores = product
    if form.softcap > 0 {
      let angle = try context.times(product, 1 / form.softcap)
      scores = try context.times(context.add(Tanh(), angle), form.softcap)
    }
    let capped = scores
    let type = context.type(of: scores)
    let bias = try AttentionBias(form, node, scores: type, past: past, &context)
    if let bias { scores = try context.plus(scores, bias.value) }
    let wide = try context.cast(scores, to: form.precision ?? type.dtype)
    let weights = try context.cast(context.add(Softmax(), wide), to: type.dtype)
    var y = try context.add(MatMul(), weights, value)
    // A query that sees no key has weights that are not numbers; its result is 0.
    if let isEmpty = bias?.isEmpty {
      y = try context.add(Select(), isEmpty, context.number(0, like: y), y)
    }
    if form.isPacked { y = try context.reshaped(context.transposed(y, [0, 2, 1, 3]), [0, 0, -1]) }
    guard node.outputCount > 3 else { return [y] + present }

    let shown: Value
    switch form.scoreOutput {
    case .product: shown = product
    case .capped: shown = capped
    case .biased: shown = scores
    case .softmax:
      shown =
        try bias?.isEmpty.map {
          try context.add(Select(), $0, context.number(0, like: weights), weights)
        } ?? weights
    }
    return [y] + present + [shown]
  }
}

extension ONNXReadContext {
  /// `[batch, heads, sequence, size]`
  fileprivate mutating func heads(
    _ value: Value, _ count: Int, _ form: AttentionForm
  ) throws -> Value {
    guard form.isPacked else { return value }
    let size = shape(of: value)[2] / count
    return try transposed(reshaped(value, [0, 0, count, size]), [0, 2, 1, 3])
  }

  /// Every head `groups` times in a row.
  mutating func repeatedHeads(_ value: Value, _ groups: Int) throws -> Value {
    guard groups > 1 else { return value }
    let shape = shape(of: value)
    let apart = try reshaped(value, [0, 0, 1, shape[2], shape[3]])
    let copies = try add(BroadcastTo([-1, -1, groups, -1, -1]), apart)
    return try reshaped(copies, [0, shape[1] * groups, shape[2], shape[3]])
  }
}
