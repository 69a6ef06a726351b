import Foundation
import LeptonGraph
import LeptonOps
import LeptonValues

/// The discrete Fourier transform, as a product with its matrix. Complex numbers are pairs along the last axis.
struct FourierTransform {
  /// Points of the signal that count, and of the transform.
  let length: Int
  let isInverse: Bool
  /// Whether one half of the spectrum stands for the whole: the other is its mirror.
  let isOneSided: Bool

  /// Numbers that a matrix may have.
  private static let largestMatrix = 1 << 26

  /// The transform of `x` along `axis`, which is not the last one.
  func apply(
    to x: Value, axis: Int, _ node: ONNXNode, _ context: inout ONNXReadContext
  ) throws -> Value {
    let shape = context.shape(of: x)
    let last = shape.rank - 1
    let parts = shape[last]
    guard length > 0, parts == 1 || parts == 2 else {
      throw node.error("\(length) points of \(shape)", fix: "the last axis has 1 part or 2")
    }
    guard !isOneSided || parts == (isInverse ? 2 : 1) else {
      throw node.error(
        "a one-sided transform of \(shape)", fix: "signals are real, spectra complex")
    }
    let half = length / 2 + 1
    let used = min(shape[axis], isOneSided && isInverse ? half : length)
    let points = isOneSided && !isInverse ? half : length
    let results = isOneSided && isInverse ? 1 : 2
    guard used * parts <= Self.largestMatrix / (points * results) else {
      throw node.error("a transform of \(length) points is not supported")
    }
    var order = Array(shape.indices)
    order.swapAt(axis, last - 1)
    let moved = try context.transposed(context.part(x, 0..<used, axis: axis), order)
    let kept = Array(repeating: 0, count: last - 1)
    // A product takes two axes.
    let rows = try context.reshaped(
      moved, kept.isEmpty ? [1, used * parts] : kept + [used * parts])
    let matrix = try context.table(
      matrix(used: used, parts: parts, points: points, results: results),
      [used * parts, points * results], context.dtype(of: x))
    let y = try context.add(MatMul(), rows, matrix)
    return try context.transposed(context.reshaped(y, kept + [points, results]), order)
  }

  /// From pairs of parts to pairs of parts, row-major.
  private func matrix(used: Int, parts: Int, points: Int, results: Int) -> [Double] {
    let sign: Double = isInverse ? 1 : -1
    let width = points * results
    var matrix = [Double](repeating: 0, count: used * parts * width)
    for n in 0..<used {
      // In a half spectrum every line but the first and the middle one stands for two.
      let isAlone = !isOneSided || !isInverse || n == 0 || 2 * n == length
      let factor = (isInverse ? 1 / Double(length) : 1) * (isAlone ? 1 : 2)
      for k in 0..<points {
        let turn = (n * k) % length
        let angle = 2 * Double.pi * Double(turn) / Double(length)
        let (cosine, sine) = (
          factor * cos(angle), 2 * turn % length == 0 ? 0 : factor * sign * sin(angle)
        )
        let row = n * parts
        let column = k * results
        matrix[row * width + column] = cosine
        if results == 2 { matrix[row * width + column + 1] = sine }
        if parts == 2 {
          matrix[(row + 1) * width + column] = -sine
          if results == 2 { matrix[(row + 1) * width + column + 1] = cosine }
        }
      }
    }
    return matrix
  }
}

extension Compositions {
  /// The axis is an attribute before opset 20, an operand since.
  static let readDFT: ONNXReader = { node, context in
    try node.allow(["inverse", "onesided"] + (node.opset < 20 ? ["axis"] : []))
    let x = try node.input(0)
    let shape = context.shape(of: x)
    let given =
      node.opset < 20
      ? node.int("axis", default: 1) : try context.scalar(node, input: 2).map { Int($0) } ?? -2
    let axis = try node.axis(given, in: shape)
    guard axis < shape.rank - 1 else { throw node.error("axis \(given) holds the complex parts") }
    let (isInverse, isOneSided) = (
      node.int("inverse", default: 0) != 0, node.int("onesided", default: 0) != 0
    )
    let usual = isInverse && isOneSided ? 2 * (shape[axis] - 1) : shape[axis]
    let length = try context.scalar(node, input: 1).map { Int($0) } ?? usual
    let transform = FourierTransform(
      length: length, isInverse: isInverse, isOneSided: isOneSided)
    return [try transform.apply(to: x, axis: axis, node, &context)]
  }

  /// Transforms of overlapping frames of a signal `[N, length, 1 or 2]`.
  static let readSTFT: ONNXReader = { node, context in
    try node.allow(["onesided"])
    let signal = try node.input(0)
    let shape = context.shape(of: signal)
    try node.require(shape, rank: 3, "the signal")
    let window = node.optionalInput(2)
    if let window { try node.require(context.shape(of: window), rank: 1, "the window") }
    let length =
      try context.scalar(node, input: 3).map { Int($0) }
      ?? window.map { context.shape(of: $0)[0] } ?? shape[1]
    guard let step = try context.scalar(node, input: 1).map({ Int($0) }), step > 0,
      1...max(shape[1], 1) ~= length, window.map({ context.shape(of: $0)[0] == length }) ?? true
    else {
      throw node.error(
        "frames of \(length) points of \(shape)",
        fix: "steps are at least 1, frames as long as the window and within the signal")
    }
    let count = (shape[1] - length) / step + 1
    let places = (0..<count).flatMap { frame in (0..<length).map { Double(frame * step + $0) } }
    let indices = try context.table(places, [count, length], .i64)
    var frames = try context.add(Gather(axis: 1), signal, indices)
    if let window { frames = try context.times(frames, context.reshaped(window, [-1, 1])) }
    let transform = FourierTransform(
      length: length, isInverse: false, isOneSided: node.int("onesided", default: 1) != 0)
    return [try transform.apply(to: frames, axis: 2, node, &context)]
  }
}
