public import LeptonGraph
import LeptonValues

extension Conv2DInputGradient {
  /// Transposed convolution. Its `output_padding` is what the shape of the result adds.
  public static let onnxReaders: [String: ONNXReader] = [
    "ConvTranspose": { node, context in
      let (x, w) = (try node.input(0), try node.input(1))
      let (shape, weights) = (context.builder.shape(of: x), context.builder.shape(of: w))
      guard shape.rank == weights.rank, shape.rank > 2 else {
        throw node.error("weights \(weights) over an input \(shape)")
      }
      let (window, extents) = try ONNXWindow.transposed(
        node, kernel: Array(weights[2...]), input: Array(shape[2...]))
      guard extents.allSatisfy({ $0 > 0 }) else {
        throw node.error("nothing is left of \(shape), the result would be \(extents)")
      }
      var y = try context.transposedConvolution(
        x, w, window, extents: extents, isStated: node.ints("output_shape") != nil,
        groups: node.int("group", default: 1))
      if let bias = node.optionalInput(2) {
        let column = try context.builder.add(
          one: Reshape([-1] + extents.map { _ in 1 }), bias)
        y = try context.builder.add(one: Add(), y, column)
      }
      return [y]
    }
  ]

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let weights = writer.type(of: node.operands[0]).shape
    let least = try leastExtents(
      weights: weights, gradient: writer.type(of: node.operands[1]).shape)
    let result = writer.type(of: node.result).shape
    var attributes = conv.onnxAttributes(kernel: [weights[2], weights[3]])
    attributes["output_padding"] = .ints([result[2] - least[0], result[3] - least[1]])
    writer.emit(
      "ConvTranspose", [writer.name(of: node.operands[1]), writer.name(of: node.operands[0])],
      [writer.name(of: node.result)], attributes)
  }
}

extension ONNXReadContext {
  /// A transposed convolution over any number of spatial axes. Of a third axis every position is an
  /// example, whose result has the taps of the kernel as channels; those are summed to their places.
  ///
  /// - Parameter isStated: whether the file states `extents`, rather than how many they are more than the least.
  fileprivate mutating func transposedConvolution(
    _ x: Value, _ w: Value, _ window: ONNXWindow, extents: [Int], isStated: Bool, groups: Int
  ) throws -> Value {
    let (shape, weights) = (builder.shape(of: x), builder.shape(of: w))
    let channels = weights[1] * groups
    if window.rank == 1 {
      let lifted = try builder.add(one: Reshape([0, 0, 1, -1]), x)
      let kernel = try builder.add(one: Reshape([0, 0, 1, -1]), w)
      let y = try transposedConvolution(
        lifted, kernel, window.over([nil, 0]), extents: [1] + extents, isStated: isStated,
        groups: groups)
      return try builder.add(one: Reshape([0, 0, -1]), y)
    }
    guard window.rank > 2 else {
      var op = Conv2DInputGradient(
        conv: Conv2D(window, groups: groups), inputShape: [0, channels] + extents)
      let least = try op.leastExtents(weights: weights, gradient: shape)
      if !isStated, zip(extents, least).allSatisfy({ $0 >= $1 }) {
        op.inputShape[2...] = zip(extents, least).map { -1 - ($0 - $1) }[...]
      }
      return try builder.add(one: op, w, x)
    }
    let rest = Array(3..<shape.rank)
    let front = try builder.add(one: Transpose([0, 2, 1] + rest), x)
    let merged = try builder.add(one: Reshape([-1, shape[1]] + shape[3...]), front)
    let kernel = try builder.add(
      one: Reshape([0, weights[1] * weights[2]] + weights[3...]), w)
    let y = try transposedConvolution(
      merged, kernel, window.over(Array(1..<window.rank)), extents: Array(extents[1...]),
      isStated: isStated, groups: groups)
    let split = try builder.add(
      one: Reshape([-1, shape[2], channels, weights[2]] + extents[1...]), y)
    let taps = try builder.add(one: Transpose([3, 1, 0, 2] + rest.map { $0 + 1 }), split)
    let sums = try builder.folded(taps, window.along(0), extent: extents[0])
    return try builder.add(one: Transpose([1, 2, 0] + rest), sums)
  }
}
