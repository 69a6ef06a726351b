import LeptonGraph
import LeptonOps
import LeptonValues

/// Operators whose result has as many elements as the data says: what decides must be constant.
extension Compositions {
  /// The entries along an axis, or of all elements in order, where a condition holds.
  static let readCompress: ONNXReader = { node, context in
    let flags = try context.constant(node.input(1), of: node)
    var x = try node.input(0)
    var axis = 0
    if node.attributes["axis"] == nil {
      x = try context.builder.add(one: Reshape([-1]), x)
    } else {
      let shape = context.builder.shape(of: x)
      guard let resolved = shape.axis(node.int("axis", default: 0)) else {
        throw node.error("\(shape) has no axis \(node.int("axis", default: 0))")
      }
      axis = resolved
    }
    let extent = context.builder.shape(of: x)[axis]
    guard flags.shape.rank == 1, flags.elementCount <= extent else {
      throw node.error("a condition \(flags.type) for \(extent) entries")
    }
    let kept = flags.doubles.enumerated().filter { $1 != 0 }.map { Int64($0.offset) }
    let indices = try context.addConstant(TensorData(kept, shape: [kept.count]))
    return try context.builder.add(Gather(axis: axis), [x, indices])
  }

  /// The coordinates of all elements that are not zero, `[axes, elements]`.
  static let readNonZero: ONNXReader = { node, context in
    let x = try context.constant(node.input(0), of: node)
    let places = x.doubles.indices(where: { $0 != 0 }).ranges.flatMap { $0 }
      .map { x.shape.coordinates(of: $0) }
    let coordinates = x.shape.indices.flatMap { axis in places.map { Int64($0[axis]) } }
    guard x.shape.rank > 0 else { throw node.error("a scalar has no coordinates") }
    return [
      try context.addConstant(TensorData(coordinates, shape: [x.shape.rank, places.count]))
    ]
  }
}
