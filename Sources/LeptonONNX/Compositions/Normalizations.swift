import LeptonGraph
import LeptonOps
import LeptonValues

/// Normalisations by the statistics of some axes.
extension Compositions {
  /// Every channel of every example `[N, C, ...]` to mean 0 and variance 1, then scaled and moved.
  static let readInstanceNormalization: ONNXReader = { node, context in
    let x = try node.input(0)
    let shape = context.shape(of: x)
    guard shape.rank > 2 else { throw node.error("\(context.type(of: x)) has no positions") }
    let normal = try context.standardized(
      x, Array(2..<shape.rank), epsilon: node.float("epsilon", default: 1e-5))
    let perChannel = [-1] + shape.dropFirst(2).map { _ in 1 }
    return [try context.affine(normal, node, perChannel)]
  }

  /// Groups of channels to mean 0 and variance 1 (Wu & He 2018). Scale and bias are for each group
  /// before opset 21, for each channel since.
  static let readGroupNormalization: ONNXReader = { node, context in
    try node.allow(["epsilon", "num_groups"] + (node.opset >= 21 ? ["stash_type"] : []))
    let x = try node.input(0)
    let shape = context.shape(of: x)
    let groups = try node.requiredInt("num_groups")
    guard shape.rank > 1, groups > 0, shape[1] % groups == 0 else {
      throw node.error("\(groups) groups do not divide the channels of \(shape)")
    }
    let wide = try context.stashed(x, node)
    let rows = try context.reshaped(wide, [0, groups, -1])
    let normal = try context.cast(
      context.standardized(rows, [2], epsilon: node.float("epsilon", default: 1e-5)),
      to: context.dtype(of: x))
    let isPerGroup = node.opset < 21
    for index in 1...2 {
      let count = isPerGroup ? groups : shape[1]
      try node.require(context.shape(of: try node.input(index)), [count], "scale or bias")
    }
    let back = [0] + shape.dropFirst()
    if isPerGroup { return [try context.reshaped(context.affine(normal, node, [-1, 1]), back)] }
    let perChannel = [-1] + shape.dropFirst(2).map { _ in 1 }
    return [try context.affine(context.reshaped(normal, back), node, perChannel)]
  }

  /// `(x - mean) / deviation`, by default over all axes but the channels.
  static let readMeanVarianceNormalization: ONNXReader = { node, context in
    try node.allow(["axes"])
    let x = try node.input(0)
    let shape = context.shape(of: x)
    let axes = try (node.ints("axes") ?? [0, 2, 3]).map { try node.axis($0, in: shape) }
    let mean = try context.reduced(.mean, x, axes)
    let centred = try context.minus(x, mean)
    let variance = try context.reduced(.mean, context.times(centred, centred), axes)
    // ONNX's own definition adds this, so that what does not vary becomes 0.
    let deviation = try context.plus(context.add(Sqrt(), variance), 1e-9)
    return [try context.over(centred, deviation)]
  }

  /// `x / sqrt(mean(x²) + epsilon) * scale` over the last axes (Zhang & Sennrich 2019)
  static let readRMSNormalization: ONNXReader = { node, context in
    try node.allow(["axis", "epsilon", "stash_type"])
    let x = try node.input(0)
    let shape = context.shape(of: x)
    let axes = Array(try node.axis("axis", default: -1, in: shape)..<shape.rank)
    let wide = try context.stashed(x, node)
    let meanSquare = try context.reduced(.mean, context.times(wide, wide), axes)
    let shifted = try context.plus(meanSquare, node.float("epsilon", default: 1e-5))
    let normal = try context.times(wide, context.add(Rsqrt(), shifted))
    let scale = try node.input(1)
    guard context.shape(of: scale).broadcast(with: shape) == shape else {
      throw node.error("scale \(context.shape(of: scale)) does not broadcast to \(shape)")
    }
    return [try context.times(context.cast(normal, to: context.dtype(of: x)), scale)]
  }

  /// Across neighbouring channels: `x / (bias + alpha * mean of squares) ^ beta` (Krizhevsky et al. 2012).
  static let readLocalResponseNormalization: ONNXReader = { node, context in
    try node.allow(["alpha", "beta", "bias", "size"])
    let x = try node.input(0)
    let shape = context.shape(of: x)
    let size = try node.requiredInt("size")
    guard shape.rank >= 2, 1...1024 ~= size else {
      throw node.error(
        "\(size) channels of \(shape)", fix: "give [N, C, ...] and 1 channel or more")
    }
    let pool = AveragePool2D(
      kernel: [size, 1], strides: [1, 1], padding: [(size - 1) / 2, 0, size / 2, 0])
    let squares = try context.reshaped(context.times(x, x), [0, 1, shape[1], -1])
    let means = try context.reshaped(context.add(pool, squares), [0] + shape.dropFirst())
    let base = try context.plus(
      context.times(means, node.float("alpha", default: 1e-4)), node.float("bias", default: 1))
    let exponent = try context.number(node.float("beta", default: 0.75), like: base)
    return [try context.over(x, context.add(Power(), base, exponent))]
  }
}

extension ONNXReadContext {
  /// `(x - mean) / sqrt(variance + epsilon)`
  fileprivate mutating func standardized(
    _ x: Value, _ axes: [Int], epsilon: Double
  ) throws -> Value {
    let centred = try minus(x, reduced(.mean, x, axes))
    let variance = try reduced(.mean, times(centred, centred), axes)
    return try times(centred, add(Rsqrt(), plus(variance, epsilon)))
  }

  /// Times the second operand plus the third, both reshaped.
  fileprivate mutating func affine(
    _ x: Value, _ node: ONNXNode, _ extents: [Int]
  ) throws -> Value {
    let scaled = try times(x, reshaped(node.input(1), extents))
    return try plus(scaled, reshaped(node.input(2), extents))
  }

  /// The value in the type that statistics are computed in: single precision for narrower ones.
  fileprivate mutating func stashed(_ x: Value, _ node: ONNXNode) throws -> Value {
    let code = node.int("stash_type", default: 1)
    guard code == 1 || code == dtype(of: x).onnxCode else {
      throw node.error("stash_type \(code) is not supported", fix: "give 1, single precision")
    }
    return code == 1 && dtype(of: x) != .f64 ? try cast(x, to: .f32) : x
  }
}
