import LeptonGraph
import LeptonOps
import LeptonValues

extension Compositions {
  /// The columns of a convolution summed to an image: each onto the position that its tap of the
  /// kernel reads. `[N, C·taps, windows]` to `[N, C, image...]`.
  static let readCol2Im: ONNXReader = { node, context in
    let x = try node.input(0)
    let shape = context.builder.shape(of: x)
    guard let image = try context.ints(node, input: 1),
      let block = try context.ints(node, input: 2),
      image.count == block.count, !image.isEmpty, (image + block).allSatisfy({ $0 > 0 })
    else { throw node.error("the shapes of image and block are missing, or differ in rank") }
    let window = try ONNXWindow(node, kernel: block, input: image)
    let axes = block.indices.map { window.along($0) }
    let counts = Shape(zip(axes, image).map { $0.windowCount(over: $1) })
    let padded = Shape(image.indices.map { window.low[$0] + image[$0] + window.high[$0] })
    let taps = Shape(block)
    let columns = TensorType(.i64, Shape(taps.extents + counts.extents))
    guard shape.rank == 3, columns.isAddressable, TensorType(.f32, padded).isAddressable,
      taps.elementCount > 0, shape[1] % taps.elementCount == 0, shape[2] == counts.elementCount
    else {
      throw node.error(
        "\(shape) does not hold \(taps) taps of \(counts) windows of \(Shape(image))")
    }
    try context.requireSmall(columns, node)
    let places = (0..<columns.shape.elementCount).map { index in
      let place = columns.shape.coordinates(of: index)
      let read = axes.indices.map { axis in
        axes[axis].element(window: place[axes.count + axis], tap: place[axis]) + window.low[axis]
      }
      return Int64(padded.position(of: read))
    }
    let indices = try context.addConstant(TensorData(places, shape: [places.count]))
    let channels = shape[1] / taps.elementCount
    let split = try context.builder.add(one: Reshape([shape[0], channels, places.count]), x)
    let front = try context.builder.add(one: Transpose([2, 0, 1]), split)
    let sums = try context.builder.add(
      one: ScatterAdd(shape: [padded.elementCount, shape[0], channels]), indices, front)
    let back = try context.builder.add(one: Transpose([1, 2, 0]), sums)
    let y = try context.builder.add(
      one: Reshape([shape[0], channels] + padded.extents), back)
    let crop = Pad(low: [0, 0] + window.low.map(-), high: [0, 0] + window.high.map(-))
    return try context.builder.add(crop, [y])
  }
}
