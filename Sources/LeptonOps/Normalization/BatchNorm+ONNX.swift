public import LeptonGraph
import LeptonValues

extension BatchNorm {
  public static let onnxReaders: [String: ONNXReader] = [
    "BatchNormalization": { node, context in
      try node.allow(
        node.opset < 9
          ? ["epsilon", "is_test", "momentum", "spatial"]
          : ["epsilon", "momentum"] + (node.opset >= 14 ? ["training_mode"] : []))
      guard node.int("spatial", default: 1) == 1 else {
        throw node.error("statistics of every position (spatial 0) are not supported")
      }
      if node.int("training_mode", default: 0) != 0 { return try readTraining(node, &context) }
      guard node.outputCount <= 1 else {
        throw node.error(
          "statistics as outputs are not supported outside of training_mode",
          fix: "export it for inference, or with opset 14 or later")
      }
      let op = BatchNorm(
        epsilon: node.float("epsilon", default: 1e-5),
        momentum: 1 - node.float("momentum", default: 0.9))
      let x = try node.input(0)
      let shape = context.shape(of: x)
      let statistics = try (1..<5).map { try node.input($0) }
      let isUsual = shape.rank == 2 || shape.rank == 4
      guard isUsual || shape.rank > 2 else {
        throw node.error("\(shape) has no channels", fix: "give [N, C, ...]")
      }
      // Positions along any number of axes are those along two.
      let rows = shape.rank == 3 ? 1 : shape.rank > 4 ? shape[2] : 0
      let lifted = isUsual ? x : try context.reshaped(x, [0, 0, rows, -1])
      let y = try context.builder.add(op, [lifted] + statistics)[0]
      return [isUsual ? y : try context.reshaped(y, [0, 0] + shape.dropFirst(2))]
    }
  ]

  /// By the statistics of the batch itself, with the next running ones as further results.
  private static func readTraining(
    _ node: ONNXNode, _ context: inout ONNXReadContext
  ) throws -> [Value] {
    let x = try node.input(0)
    let shape = context.shape(of: x)
    guard shape.rank >= 2 else { throw node.error("\(shape) has no channels") }
    for index in 1..<5 {
      try node.require(context.shape(of: try node.input(index)), [shape[1]], "input \(index)")
    }
    let axes = shape.indices.filter { $0 != 1 }
    let column = [-1] + shape.dropFirst(2).map { _ in 1 }
    let dtype = context.dtype(of: try node.input(3))
    let wide = try context.cast(x, to: dtype)
    let mean = try context.reduced(.mean, wide, axes)
    let centred = try context.minus(wide, mean)
    let variance = try context.reduced(.mean, context.times(centred, centred), axes)
    let deviation = try context.add(
      Sqrt(), context.plus(variance, node.float("epsilon", default: 1e-5)))
    let parameters = try (1...2).map {
      try context.reshaped(context.cast(node.input($0), to: dtype), column)
    }
    let scaled = try context.times(context.over(centred, deviation), parameters[0])
    let y = try context.cast(context.plus(scaled, parameters[1]), to: context.dtype(of: x))
    let momentum = node.float("momentum", default: 0.9)
    let running = try zip(3...4, [mean, variance]).map { index, now in
      try context.plus(
        context.times(node.input(index), momentum),
        context.times(context.reshaped(now, [-1]), 1 - momentum))
    }
    return [y] + running
  }

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit(
      "BatchNormalization", for: node,
      ["epsilon": .float(epsilon), "momentum": .float(1 - momentum)])
  }
}
