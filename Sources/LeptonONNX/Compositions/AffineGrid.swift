import LeptonGraph
import LeptonOps
import LeptonValues

extension Compositions {
  /// The grid of a GridSample that an affine map of each example makes: all positions of the result,
  /// -1 to 1 along each axis and a one, times the map's matrix.
  static let readAffineGrid: ONNXReader = { node, context in
    let theta = try node.input(0)
    let shape = context.builder.shape(of: theta)
    guard let size = try context.ints(node, input: 1), 4...5 ~= size.count,
      shape == [size[0], size.count - 2, size.count - 1], size.allSatisfy({ $0 > 0 })
    else {
      throw node.error(
        "maps \(shape) for a size of \(try context.ints(node, input: 1) ?? [])",
        fix: "give maps [N, 2, 3] and [N, C, H, W], or [N, 3, 4] and [N, C, D, H, W]")
    }
    let extents = Shape(Array(size[2...]))
    let type = TensorType(
      context.builder.dtype(of: theta), Shape(extents.extents + [extents.rank + 1]))
    try context.requireSmall(type.with(dtype: .f64), node)
    let alignsCorners = node.int("align_corners", default: 0) != 0
    let numbers = (0..<extents.elementCount).flatMap { position -> [Double] in
      let places = zip(extents.coordinates(of: position), extents).map { index, extent in
        coordinate(Double(index), of: Double(extent), alignsCorners)
      }
      return places.reversed() + [1]
    }
    let flat = Shape([extents.elementCount, extents.rank + 1])
    let positions = try context.addConstant(TensorData(numbers, as: type.with(shape: flat)))
    let grid = try context.builder.add(one: MatMul(transposeB: true), positions, theta)
    return try context.builder.add(Reshape([0] + extents.extents + [extents.rank]), [grid])
  }

  /// The first and last elements of an axis at -1 and 1, or their outer edges.
  private static func coordinate(
    _ index: Double, of extent: Double, _ alignsCorners: Bool
  ) -> Double {
    if !alignsCorners { return (2 * index + 1) / extent - 1 }
    return extent > 1 ? 2 * index / (extent - 1) - 1 : -1
  }
}
