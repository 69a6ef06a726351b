import LeptonGraph
import LeptonOps
import LeptonValues

extension Compositions {
  /// Elements are gathered by their coordinate along one axis.
  static let readGatherElements: ONNXReader = { node, context in
    let (data, indices) = (try node.input(0), try node.input(1))
    do {
      return [
        try context.builder.gatherElements(data, indices, axis: node.int("axis", default: 0))
      ]
    } catch let error as LeptonError { throw node.error(error.what, fix: error.fix) }
  }

  /// Elements are scattered by their coordinate along one axis; the others are their own. So the
  /// coordinates of every update are a tuple of a ScatterND. (`Scatter` is its name of old.)
  static let readScatterElements: ONNXReader = { node, context in
    let (data, updates) = (try node.input(0), try node.input(2))
    var indices = try node.input(1)
    let (shape, wanted) = (context.builder.shape(of: data), context.builder.shape(of: indices))
    let given = node.int("axis", default: 0)
    guard shape.rank == wanted.rank, let axis = shape.axis(given),
      shape.indices.allSatisfy({ $0 == axis || wanted[$0] <= shape[$0] })
    else {
      throw node.error(
        "indices \(wanted) do not name elements of \(shape) along axis \(given)",
        fix: "give as many axes, none larger but that one")
    }
    if context.builder.dtype(of: indices) != .i64 {
      indices = try context.builder.add(one: Cast(to: .i64), indices)
    }
    try context.requireSmall(TensorType(.i64, Shape(wanted.extents + [wanted.rank])), node)
    var tuples: [Value] = []
    if axis > 0 {
      tuples.append(try context.addConstant(.coordinates(wanted, axes: 0..<axis)))
    }
    tuples.append(
      try context.builder.add(one: Reshape(wanted.map { _ in 0 } + [1]), indices))
    if axis + 1 < wanted.rank {
      tuples.append(
        try context.addConstant(.coordinates(wanted, axes: axis + 1..<wanted.rank)))
    }
    let places = try context.builder.add(Concat(axis: -1), tuples)[0]
    let op = ScatterND(try ScatterND.Reduction(of: node))
    return try context.builder.add(op, [data, places, updates])
  }
}
