import LeptonGraph
import LeptonOps
import LeptonValues

extension Compositions {
  /// The different elements of a constant, or the different slices along an axis: each once, with
  /// the index of its first place, for every place its index in the result, and how often it occurs.
  static let readUnique: ONNXReader = { node, context in
    var x = try context.constant(node.input(0), of: node)
    let axis: Int
    if node.attributes["axis"] == nil {
      (x, axis) = (x.reshaped(to: [x.elementCount]), 0)
    } else {
      guard let resolved = x.shape.axis(node.int("axis", default: 0)) else {
        throw node.error("\(x.shape) has no axis \(node.int("axis", default: 0))")
      }
      axis = resolved
    }
    let slices = slices(of: x, axis)
    var firsts: [Int] = []
    var numbers: [[Int]: Int] = [:]
    for (place, slice) in slices.enumerated() where numbers[slice] == nil {
      numbers[slice] = firsts.count
      firsts.append(place)
    }
    if node.int("sorted", default: 1) != 0 {
      firsts.sort { slices[$0].lexicographicallyPrecedes(slices[$1]) }
      for (number, place) in firsts.enumerated() { numbers[slices[place]] = number }
    }
    let inverse = slices.map { numbers[$0]! }
    var counts = [Int](repeating: 0, count: firsts.count)
    for number in inverse { counts[number] += 1 }
    let indices = TensorData(firsts.map(Int64.init), shape: [firsts.count])
    var shape = x.shape
    shape[axis] = firsts.count
    let unique = try Gather(axis: axis).reference([x, indices], [x.type.with(shape: shape)])[0]
    let rest = [firsts, inverse, counts].map { TensorData($0.map(Int64.init), shape: [$0.count]) }
    return try ([unique] + rest).map { try context.addConstant($0) }
  }

  /// The elements of each entry along an axis, as numbers that order and compare like them.
  private static func slices(of x: TensorData, _ axis: Int) -> [[Int]] {
    let keys = x.sortKeys
    let (extent, step) = (x.shape[axis], x.shape.strides[axis])
    let outer = x.shape[..<axis].reduce(1, *)
    return (0..<extent).map { place in
      (0..<outer).flatMap { block in
        let start = (block * extent + place) * step
        return keys[start..<start + step]
      }
    }
  }
}
