import LeptonGraph
import LeptonOps
import LeptonValues

/// Rotary position embedding (Su et al. 2021): pairs of features turned by an angle that grows with
/// the position.
extension Compositions {
  static let readRotaryEmbedding: ONNXReader = { node, context in
    try node.allow(["interleaved", "num_heads", "rotary_embedding_dim"])
    let x = try node.input(0)
    let shape = context.shape(of: x)
    guard shape.rank == 3 || shape.rank == 4 else {
      throw node.error("\(shape) has not 3 or 4 axes")
    }
    // Heads stand before the sequence in the form of 4 axes, behind it in that of 3.
    let (batch, sequence) = (shape[0], shape.rank == 4 ? shape[2] : shape[1])
    var heads = x
    if shape.rank == 3 {
      let count = try node.requiredInt("num_heads")
      guard count > 0, shape[2] % count == 0 else {
        throw node.error("\(count) heads do not fit \(shape)")
      }
      heads = try context.reshaped(x, [0, 0, count, shape[2] / count])
    }
    let size = context.shape(of: heads)[3]
    let given = node.int("rotary_embedding_dim", default: 0)
    let turned = given == 0 ? size : given
    guard turned > 0, turned <= size, turned % 2 == 0 else {
      throw node.error("\(turned) of \(size) features cannot be turned in pairs")
    }
    func angles(_ index: Int) throws -> Value {
      var cache = try node.input(index)
      if let positions = node.optionalInput(3) {
        try node.require(context.shape(of: positions), [batch, sequence], "position_ids")
        try node.require(context.shape(of: cache), rank: 2, "a cache")
        cache = try context.add(Gather(axis: 0), cache, positions)
      }
      try node.require(context.shape(of: cache), [batch, sequence, turned / 2], "a cache")
      return try context.reshaped(
        cache, shape.rank == 4 ? [0, 1, sequence, -1] : [0, sequence, 1, -1])
    }
    let (cosine, sine) = (try angles(1), try angles(2))
    let isInterleaved = node.int("interleaved", default: 0) != 0
    let pairs = try context.part(heads, 0..<turned, axis: 3)
    let rest = try context.part(heads, turned..<size, axis: 3)
    func member(_ index: Int) throws -> Value {
      isInterleaved
        ? try context.add(
          Slice(starts: [0, 0, 0, index], ends: [.max, .max, .max, .max], steps: [1, 1, 1, 2]),
          pairs)
        : try context.part(pairs, index * turned / 2..<(index + 1) * turned / 2, axis: 3)
    }
    let (first, second) = (try member(0), try member(1))
    let real = try context.minus(context.times(cosine, first), context.times(sine, second))
    let imaginary = try context.plus(context.times(sine, first), context.times(cosine, second))
    var y: Value
    if isInterleaved {
      let extents = context.shape(of: real).extents
      let columns = try [real, imaginary].map {
        try context.reshaped($0, [0] + extents[1...] + [1])
      }
      y = try context.reshaped(context.joined(columns, axis: 4), [0, 0, 0, turned])
    } else {
      y = try context.joined([real, imaginary], axis: 3)
    }
    if turned < size { y = try context.joined([y, rest], axis: 3) }
    return [shape.rank == 3 ? try context.reshaped(y, [0, 0, -1]) : y]
  }
}
