import LeptonGraph
import LeptonOps
import LeptonValues

extension Compositions {
  /// Points that a grid may have.
  private static let largestGrid = 1 << 24

  /// Where each point of an image or volume of `size` comes from under affine maps `[N, 2, 3]` or
  /// `[N, 3, 4]`, in coordinates of -1 to 1, the last axis first.
  static let readAffineGrid: ONNXReader = { node, context in
    try node.allow(["align_corners"])
    let theta = try node.input(0)
    guard let size = try context.ints(node, input: 1), size.count == 4 || size.count == 5,
      size.allSatisfy({ 1...largestGrid ~= $0 })
    else { throw node.error("the size is not [N, C, H, W] or [N, C, D, H, W]") }
    let extents = Array(size[2...])
    try node.require(
      context.shape(of: theta), [size[0], extents.count, extents.count + 1], "theta")
    let shape = Shape(extents)
    guard shape.elementCount <= largestGrid else {
      throw node.error("a grid \(shape) is not supported")
    }
    let isAligned = node.int("align_corners", default: 0) != 0
    func coordinate(_ index: Int, of count: Int) -> Double {
      if isAligned { return count == 1 ? -1 : 2 * Double(index) / Double(count - 1) - 1 }
      return (2 * Double(index) + 1) / Double(count) - 1
    }
    var points: [Double] = []
    for position in 0..<shape.elementCount {
      let place = zip(shape.coordinates(of: position), extents).map { coordinate($0, of: $1) }
      points += place.reversed() + [1]
    }
    let grid = try context.table(
      points, [shape.elementCount, extents.count + 1], context.dtype(of: theta))
    let moved = try context.add(MatMul(transposeB: true), grid, theta)
    return [try context.reshaped(moved, [0] + extents + [extents.count])]
  }
}
