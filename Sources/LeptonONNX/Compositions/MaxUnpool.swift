import LeptonGraph
import LeptonOps
import LeptonValues

extension Compositions {
  /// What a MaxPool kept, back at the positions that it named, among zeros.
  ///
  /// The positions are those in the shape that the pool's attributes give; `output_shape` may be
  /// larger, with zeros behind.
  static let readMaxUnpool: ONNXReader = { node, context in
    let (x, indices) = (try node.input(0), try node.input(1))
    let shape = context.builder.shape(of: x)
    guard let kernel = node.ints("kernel_shape"), shape.rank > 2, kernel.count == shape.rank - 2
    else { throw node.error("kernel_shape \(node.ints("kernel_shape") ?? []) over \(shape)") }
    let window = try ONNXWindow(node, kernel: kernel, input: Array(shape[2...]))
    var pooled = shape
    for axis in kernel.indices {
      pooled[axis + 2] =
        (shape[axis + 2] - 1) * window.strides[axis] + kernel[axis] - window.low[axis]
        - window.high[axis]
    }
    let wanted = Shape(try context.ints(node, input: 2) ?? pooled.extents)
    guard pooled.allSatisfy({ $0 > 0 }), wanted.rank == pooled.rank,
      wanted.prefix(2).elementsEqual(pooled.prefix(2)), zip(wanted, pooled).allSatisfy(>=)
    else { throw node.error("the result would be \(pooled), its output_shape \(wanted)") }
    try context.requireSmall(context.builder.type(of: x).with(shape: pooled), node)
    let type = context.builder.type(of: x).with(shape: [pooled.elementCount])
    let zeros = try context.addConstant(TensorData(zeros: type))
    let places = try context.builder.add(one: Reshape([shape.elementCount, 1]), indices)
    let values = try context.builder.add(one: Reshape([shape.elementCount]), x)
    let scattered = try context.builder.add(one: ScatterND(), zeros, places, values)
    let y = try context.builder.add(one: Reshape(pooled.extents), scattered)
    if wanted == pooled { return [y] }
    let high = zip(wanted, pooled).map { $0 - $1 }
    return try context.builder.add(Pad(low: wanted.map { _ in 0 }, high: high), [y])
  }
}
