import LeptonGraph
import LeptonOps
import LeptonValues

extension Compositions {
  /// `[N, C, extents...]` sampled at the positions of a grid `[N, positions..., axes]`, whose
  /// coordinates go from -1 to 1, the last axis of the image first.
  static let readGridSample: ONNXReader = { node, context in
    let (x, grid) = (try node.input(0), try node.input(1))
    let (shape, places) = (context.builder.shape(of: x), context.builder.shape(of: grid))
    let extents = Array(shape.dropFirst(2))
    guard 1...3 ~= extents.count, places.rank == shape.rank, places[0] == shape[0],
      places[places.rank - 1] == extents.count, !extents.contains(0),
      context.builder.dtype(of: x).isFloatingPoint
    else {
      throw node.error(
        "a grid \(places) over \(context.builder.type(of: x))",
        fix: "give [N, C, extents...] and a grid [N, positions..., \(extents.count)]")
    }
    let rule = try GridRule(node)
    let taps = try extents.enumerated().map { axis, extent in
      let last = places.rank - 1
      let column = extents.count - 1 - axis
      let slice = Slice(column..<column + 1, axis: last, rank: places.rank)
      let part = try context.builder.add(one: slice, grid)
      let normal = try context.builder.add(
        one: Reshape([0, places[1..<last].reduce(1, *)]), part)
      return try rule.taps(at: normal, extent: extent, &context)
    }
    let images = try context.channelsLast(x)
    let terms = try Sampling(images: images, batchDims: 1).terms(taps, &context)
    let channelsFirst = try context.builder.add(
      one: Transpose([0, 2, 1]), context.sum(terms))
    return try context.builder.add(
      Reshape([0, shape[1]] + places[1..<(places.rank - 1)]), [channelsFirst])
  }
}

/// The attributes of a GridSample.
private struct GridRule {
  private enum Mode { case nearest, linear, cubic }
  private enum Outside: String { case zeros, border, reflection }

  private let mode: Mode
  private let outside: Outside
  private let alignsCorners: Bool

  init(_ node: ONNXNode) throws {
    // Before version 20 the names were those of two dimensions.
    let modes: [String: Mode] = [
      "nearest": .nearest, "linear": .linear, "bilinear": .linear, "cubic": .cubic,
      "bicubic": .cubic,
    ]
    let name = node.string("mode", default: "linear")
    let padding = node.string("padding_mode", default: "zeros")
    guard let mode = modes[name], let outside = Outside(rawValue: padding) else {
      throw node.error("mode '\(name)', padding_mode '\(padding)' are not supported")
    }
    (self.mode, self.outside) = (mode, outside)
    alignsCorners = node.int("align_corners", default: 0) != 0
  }

  /// The taps along an axis at coordinates of -1 to 1.
  func taps(
    at normal: Value, extent: Int, _ context: inout ONNXReadContext
  ) throws -> [Sampling.Tap] {
    let scale = alignsCorners ? Double(extent - 1) / 2 : Double(extent) / 2
    let shift = Double(extent - 1) / 2
    let scaled = try context.builder.add(
      one: Multiply(), normal, context.builder.scalar(scale, like: normal))
    var x = try context.builder.add(
      one: Add(), scaled, context.builder.scalar(shift, like: normal))
    if mode == .nearest { x = try context.builder.add(one: Round(), x) }
    switch outside {
    case .zeros: break
    // Cubic weights stay those of the place outside; only what they weigh is at the border.
    case .border: if mode != .cubic { x = try context.clamped(x, to: extent) }
    case .reflection: x = try reflected(x, extent, &context)
    }
    let taps: [Sampling.Tap] =
      switch mode {
      case .nearest: [(x, nil)]
      case .linear: try context.linearTaps(at: x)
      case .cubic: try cubicTaps(at: x, &context)
      }
    return try taps.map { tap in
      switch outside {
      case .zeros: return try context.zeroOutside(tap, extent: extent)
      case .border: return (try context.clamped(tap.index, to: extent), tap.weight)
      case .reflection:
        let mirrored = try reflected(tap.index, extent, &context)
        return (try context.clamped(mirrored, to: extent), tap.weight)
      }
    }
  }

  /// The position mirrored at both ends, as often as it takes: at the middles of the last elements,
  /// or at their outer edges.
  private func reflected(
    _ x: Value, _ extent: Int, _ context: inout ONNXReadContext
  ) throws -> Value {
    let first = alignsCorners ? 0 : -0.5
    let width = alignsCorners ? Double(extent - 1) : Double(extent)
    func constant(_ number: Double) throws -> Value {
      try context.builder.scalar(number, like: x)
    }
    guard width > 0 else { return try context.clamped(x, to: extent) }
    // A triangle wave: its distance from the middle of a period.
    let start = try context.builder.add(one: Subtract(), x, constant(first))
    let distance = try context.builder.add(one: Abs(), start)
    let place = try context.builder.add(one: Remainder(), distance, constant(2 * width))
    let middle = try context.builder.add(one: Subtract(), place, constant(width))
    let back = try context.builder.add(one: Abs(), middle)
    return try context.builder.add(one: Subtract(), constant(first + width), back)
  }

  /// The four elements around each position with the weights of cubic convolution, a = -0.75.
  private func cubicTaps(
    at x: Value, _ context: inout ONNXReadContext
  ) throws -> [Sampling.Tap] {
    let lower = try context.builder.add(one: Floor(), x)
    let fraction = try context.builder.add(one: Subtract(), x, lower)
    return try (-1...2).map { offset in
      let step = try context.builder.scalar(Double(offset), like: x)
      let index = try context.builder.add(one: Add(), lower, step)
      let distance = try context.builder.add(
        one: Abs(), context.builder.add(one: Subtract(), fraction, step))
      let a = -0.75
      let polynomial =
        (0...1).contains(offset)
        ? [1, 0, -(a + 3), a + 2] : [-4 * a, 8 * a, -5 * a, a]
      return (index, try value(of: polynomial, at: distance, &context))
    }
  }

  /// A polynomial by Horner's rule, its constant first.
  private func value(
    of polynomial: [Double], at x: Value, _ context: inout ONNXReadContext
  ) throws -> Value {
    var y = try context.builder.scalar(polynomial.last!, like: x)
    for coefficient in polynomial.dropLast().reversed() {
      let product = try context.builder.add(one: Multiply(), y, x)
      y = try context.builder.add(
        one: Add(), product, context.builder.scalar(coefficient, like: x))
    }
    return y
  }
}
