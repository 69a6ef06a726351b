import LeptonGraph
import LeptonOps
import LeptonValues

extension Compositions {
  /// Regions of images, each as a small image of `output_height` x `output_width` bins: the mean, or
  /// the largest, of samples that lie evenly in the bin.
  static let readRoiAlign: ONNXReader = { node, context in
    let (x, rois, images) = (try node.input(0), try node.input(1), try node.input(2))
    let shape = context.builder.shape(of: x)
    let count = context.builder.shape(of: rois).first ?? 0
    let bins = [node.int("output_height", default: 1), node.int("output_width", default: 1)]
    let samples = node.int("sampling_ratio", default: 0)
    guard shape.rank == 4, !shape.contains(0), context.builder.shape(of: rois) == [count, 4],
      context.builder.shape(of: images) == [count], bins.allSatisfy({ 1...4096 ~= $0 })
    else {
      throw node.error(
        "regions \(context.builder.type(of: rois)) of \(shape), \(bins) bins",
        fix: "give [N, C, H, W], regions [R, 4] and the number of the image for each")
    }
    guard 1...64 ~= samples else {
      throw node.error(
        "a sampling_ratio of \(samples), by which regions have samples as their size asks, is not "
          + "supported", fix: "export the model with a sampling_ratio of 1 or more")
    }
    let mode = node.string("mode", default: "avg")
    guard ["avg", "max"].contains(mode) else { throw node.error("mode '\(mode)' is not supported") }
    let rule = try RegionRule(node)

    // Positions are [R, bins, samples, bins, samples]: lines, then columns.
    var taps: [[Sampling.Tap]] = []
    for axis in 0..<2 {
      var lines = [count, 1, 1, 1, 1]
      (lines[1 + 2 * axis], lines[2 + 2 * axis]) = (bins[axis], samples)
      let places = try rule.positions(
        rois, axis: axis, bins: bins[axis], samples: samples, shape: lines, &context)
      taps.append(
        try rule.taps(
          at: places, extent: shape[axis + 2],
          shape: [count, bins[0], samples, bins[1], samples], &context))
    }
    var image = try context.builder.add(one: Reshape([count, 1, 1, 1, 1, 1]), images)
    if context.builder.dtype(of: image) != .i64 {
      image = try context.builder.add(one: Cast(to: .i64), image)
    }
    let number = try context.builder.add(
      one: BroadcastTo([count, bins[0], samples, bins[1], samples, 1]), image)
    let sampling = Sampling(images: try context.channelsLast(x), batchDims: 0, prefix: [number])
    let terms = try sampling.terms(taps, &context)
    let values: Value
    if mode == "avg" {
      values = try context.builder.add(
        one: Reduce(.mean, axes: [2, 4], keepDims: false), context.sum(terms))
    } else {
      // The largest of the weighted elements themselves, not of their sums: so ONNX defines it.
      let largest = try terms.dropFirst().reduce(terms[0]) {
        try context.builder.add(one: Maximum(), $0, $1)
      }
      values = try context.builder.add(
        one: Reduce(.max, axes: [2, 4], keepDims: false), largest)
    }
    return try context.builder.add(Transpose([0, 3, 1, 2]), [values])
  }
}

/// How a region lies in its image.
private struct RegionRule {
  private let scale: Double
  private let isHalfPixel: Bool

  init(_ node: ONNXNode) throws {
    let mode = node.string(
      "coordinate_transformation_mode",
      default: node.opset < 16 ? "output_half_pixel" : "half_pixel")
    guard ["half_pixel", "output_half_pixel"].contains(mode) else {
      throw node.error("coordinate_transformation_mode '\(mode)' is not supported")
    }
    isHalfPixel = mode == "half_pixel"
    scale = node.float("spatial_scale", default: 1)
  }

  /// Where the samples lie along one axis (0 vertical, 1 horizontal), in `shape`.
  func positions(
    _ rois: Value, axis: Int, bins: Int, samples: Int, shape: [Int],
    _ context: inout ONNXReadContext
  ) throws -> Value {
    func side(_ column: Int) throws -> Value {
      let slice = Slice(column..<column + 1, axis: 1, rank: 2)
      let number = try context.builder.add(one: slice, rois)
      let scaled = try context.builder.add(
        one: Multiply(), number, context.builder.scalar(scale, like: number))
      let offset = try context.builder.scalar(isHalfPixel ? 0.5 : 0, like: number)
      return try context.builder.add(one: Subtract(), scaled, offset)
    }
    let start = try side(1 - axis)
    var length = try context.builder.add(one: Subtract(), side(3 - axis), start)
    if !isHalfPixel {
      length = try context.builder.add(
        one: Maximum(), length, context.builder.scalar(1, like: length))
    }
    // Of each bin the middles of as many equal parts as there are samples.
    let steps = (0..<bins * samples).map { (Double($0) + 0.5) / Double(bins * samples) }
    let fractions = try context.addConstant(
      TensorData(steps, as: TensorType(context.builder.dtype(of: rois), [1, steps.count])))
    let places = try context.builder.add(
      one: Add(), start, context.builder.add(one: Multiply(), length, fractions))
    return try context.builder.add(one: Reshape(shape), places)
  }

  /// Linear interpolation, with the border's elements up to one beyond it and zeros behind.
  func taps(
    at places: Value, extent: Int, shape: [Int], _ context: inout ONNXReadContext
  ) throws -> [Sampling.Tap] {
    let inside = try context.indicator(places, from: -1, to: Double(extent))
    let clamped = try context.clamped(places, to: extent)
    return try context.linearTaps(at: clamped).map { tap in
      let index = try context.clamped(tap.index, to: extent)
      let weight = try context.builder.add(one: Multiply(), tap.weight!, inside)
      return (
        try context.builder.add(one: BroadcastTo(shape), index),
        try context.builder.add(one: BroadcastTo(shape), weight)
      )
    }
  }
}
