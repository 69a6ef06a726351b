package import LeptonGraph
import LeptonValues

extension GraphBuilder {
  /// The elements of `data` whose coordinate along `axis` an element of `indices` gives, and whose
  /// other coordinates are that element's own: PyTorch's `gather`, ONNX's GatherElements.
  ///
  /// Beside the axis the indices may be smaller than the data.
  package mutating func gatherElements(
    _ data: Value, _ indices: Value, axis: Int
  ) throws -> Value {
    let (shape, wanted) = (shape(of: data), shape(of: indices))
    guard shape.rank == wanted.rank, let axis = shape.axis(axis),
      shape.indices.allSatisfy({ $0 == axis || wanted[$0] <= shape[$0] })
    else {
      throw LeptonError(
        .badInput, "indices \(wanted) do not name elements of \(shape) along axis \(axis)",
        fix: "give as many axes, none larger but that one")
    }
    var region = Slice(
      starts: shape.map { _ in 0 }, ends: shape.map { _ in Int.max })
    for other in shape.indices where other != axis && wanted[other] < shape[other] {
      region.ends[other] = wanted[other]
    }
    let part = region.ends.allSatisfy { $0 == .max } ? data : try add(one: region, data)
    let order = Transpose(shape.indices.filter { $0 != axis } + [axis])
    let isLast = axis == shape.rank - 1
    let lines = isLast ? part : try add(one: order, part)
    var places = isLast ? indices : try add(one: order, indices)
    if dtype(of: places) != .i64 { places = try add(one: Cast(to: .i64), places) }
    places = try add(one: Reshape(shape.map { _ in 0 } + [1]), places)
    let found = try add(one: GatherND(batchDims: shape.rank - 1), lines, places)
    return isLast ? found : try add(one: order.inverse, found)
  }
}
