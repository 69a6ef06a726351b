import LeptonGraph
import LeptonOps
import LeptonValues

extension Compositions {
  /// A convolution whose taps are moved by offsets, and weighted by a mask, of their own at every
  /// position: the taps' values are sampled, and then multiplied with the weights.
  static let readDeformConv: ONNXReader = { node, context in
    let (x, w, offset) = (try node.input(0), try node.input(1), try node.input(2))
    let (shape, weights) = (context.builder.shape(of: x), context.builder.shape(of: w))
    guard shape.rank == 4, weights.rank == 4, !shape.contains(0) else {
      throw node.error(
        "weights \(weights) over an input \(shape)", fix: "two spatial dimensions are supported")
    }
    let (groups, parts) = (node.int("group", default: 1), node.int("offset_group", default: 1))
    let kernel = Array(weights[2...])
    let window = try ONNXWindow(node, kernel: kernel, input: Array(shape[2...]))
    let counts = (0..<2).map { window.along($0).windowCount(over: shape[$0 + 2]) }
    let (taps, positions) = (kernel[0] * kernel[1], counts[0] * counts[1])
    let expected = Shape([shape[0], 2 * parts * taps] + counts)
    guard groups > 0, parts > 0, shape[1] == weights[1] * groups, weights[0] % groups == 0,
      shape[1] % parts == 0, positions > 0, context.builder.shape(of: offset) == expected
    else {
      throw node.error(
        "offsets \(context.builder.shape(of: offset)) for weights \(weights) over \(shape)",
        fix: "with \(groups) groups and \(parts) groups of offsets they are \(expected)")
    }
    try context.requireSmall(TensorType(.f64, [taps, positions]), node)

    // Each group of offsets sees channels of its own: they are images of their own.
    let perPart = shape[1] / parts
    let split = try context.builder.add(
      one: Reshape([-1, perPart, shape[2], shape[3]]), x)
    let moves = try context.builder.add(one: Reshape([-1, taps, 2, positions]), offset)
    let axes = try (0..<2).map { axis in
      let slice = Slice(axis..<axis + 1, axis: 2, rank: 4)
      let move = try context.builder.add(
        one: Reshape([0, taps, positions]), context.builder.add(one: slice, moves))
      let grid = regularPositions(window, counts, axis, context.builder.dtype(of: offset))
      let place = try context.builder.add(one: Add(), move, context.addConstant(grid))
      return try context.linearTaps(at: place).map {
        try context.zeroOutside($0, extent: shape[axis + 2])
      }
    }
    let terms = try Sampling(images: context.channelsLast(split), batchDims: 1)
      .terms(axes, &context)
    var columns = try context.sum(terms)
    if let mask = node.optionalInput(4) {
      let factors = try context.builder.add(one: Reshape([-1, taps, positions, 1]), mask)
      columns = try context.builder.add(one: Multiply(), columns, factors)
    }
    let front = try context.builder.add(one: Transpose([0, 3, 1, 2]), columns)
    let grouped = try context.builder.add(
      one: Reshape([-1, groups, weights[1] * taps, positions]), front)
    let matrices = try context.builder.add(
      one: Reshape([groups, weights[0] / groups, weights[1] * taps]), w)
    let product = try context.builder.add(one: MatMul(), matrices, grouped)
    var y = try context.builder.add(one: Reshape([-1, weights[0]] + counts), product)
    if let bias = node.optionalInput(3) {
      let column = try context.builder.add(one: Reshape([-1, 1, 1]), bias)
      y = try context.builder.add(one: Add(), y, column)
    }
    return [y]
  }

  /// Where the taps read without offsets along one axis, `[taps, positions]`.
  private static func regularPositions(
    _ window: ONNXWindow, _ counts: [Int], _ axis: Int, _ dtype: DType
  ) -> TensorData {
    let (kernel, result) = (Shape(window.kernel), Shape(counts))
    let places = (0..<kernel.elementCount).flatMap { tap in
      (0..<result.elementCount).map { position in
        Double(
          window.along(axis).element(
            window: result.coordinates(of: position)[axis],
            tap: kernel.coordinates(of: tap)[axis]))
      }
    }
    return TensorData(
      places, as: TensorType(dtype, [kernel.elementCount, result.elementCount]))
  }
}
