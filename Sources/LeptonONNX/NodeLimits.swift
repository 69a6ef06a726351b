import LeptonGraph
import LeptonOps
import LeptonValues

/// Bounds on the numbers of a node, checked before a reader computes extents from them: a file may
/// hold any, and no tensor has them.
struct NodeLimits {
  private let node: ONNXNode
  private let context: ONNXReadContext

  init(_ node: ONNXNode, _ context: ONNXReadContext) {
    self.node = node
    self.context = context
  }

  private static let largestExtent = 1 << 31
  private static let largestCount = 1 << 28
  /// A table of positions is made for each axis that is resized.
  private static let largestResized = 1 << 20

  /// Throws where a number lies outside its bounds.
  func check() throws {
    guard node.opset > 6 || node.int("broadcast", default: 0) == 0 else {
      throw node.error("the broadcasting of opset 6 is not supported", fix: "export it anew")
    }
    for name in ["kernel_shape", "strides", "dilations"] {
      try check(node.ints(name) ?? [], 1...Self.largestExtent, name)
    }
    for name in ["pads", "output_padding", "output_shape", "shape", "axes", "split", "perm"] {
      try check(node.ints(name) ?? [], -Self.largestExtent...Self.largestExtent, name)
    }
    try check([node.int("group", default: 1)], 1...Self.largestExtent, "group")
    try check([node.int("num_outputs", default: 1)], 1...4096, "num_outputs")
    for name in [
      "axis", "batch_axis", "batch_dims", "blocksize", "block_size", "hidden_size", "k",
      "offset_group",
      "output_height", "output_width", "sampling_ratio", "time_axis",
    ] {
      try check(
        [node.int(name, default: 1)], -Self.largestExtent...Self.largestExtent, name)
    }
    if let position = Self.extents[node.opType], let extents = integers(position) {
      let largest = node.opType == "Resize" ? Self.largestResized : Self.largestExtent
      try check(extents, -1...largest, "extents")
      try checkProduct(extents)
    }
    if let position = Self.positions[node.opType], let numbers = integers(position) {
      try check(numbers, -Self.largestExtent...Self.largestExtent, "input \(position)")
    }
    for (position, count) in Self.leastCounts[node.opType] ?? [:] {
      guard (constant(position)?.elementCount ?? count) >= count else {
        throw node.error("input \(position) has no elements")
      }
    }
    if node.opType == "Range" { try checkRange() }
    // What stands second is the scales before opset 11, and the region to be resized since.
    for position in Self.scales[node.opType] ?? [] where position != 1 || node.opset < 11 {
      let factors = position < 0 ? node.floats("scales") : constant(position)?.doubles
      guard (factors ?? []).allSatisfy({ $0 > 0 && $0 <= 4096 }) else {
        throw node.error("factors \(factors ?? []) are not between 0 and 4096")
      }
    }
  }

  /// Operands that hold the extents of the result, or factors of them.
  private static let extents = [
    "ConstantOfShape": 0, "Expand": 1, "OneHot": 1, "Reshape": 1, "Tile": 1, "Resize": 3,
  ]
  /// Operands that hold axes, widths or parts of extents.
  private static let positions = [
    "CenterCropPad": 1, "Col2Im": 1, "CumProd": 1, "CumSum": 1, "MaxUnpool": 2, "Pad": 1,
    "Split": 1,
    "Squeeze": 1, "TopK": 1, "Trilu": 1, "Unsqueeze": 1,
    "ReduceL1": 1, "ReduceL2": 1, "ReduceMax": 1, "ReduceMean": 1, "ReduceMin": 1,
    "ReduceProd": 1, "ReduceSum": 1, "ReduceSumSquare": 1,
  ]
  /// How many elements an operand has at least that a reader takes the first ones of.
  private static let leastCounts = [
    "Dropout": [1: 1, 2: 1], "OneHot": [1: 1, 2: 2], "Range": [0: 1, 1: 1, 2: 1], "TopK": [1: 1],
  ]
  /// Operands that hold factors; -1 for the attribute.
  private static let scales = ["Resize": [1, 2], "Upsample": [-1, 1]]

  private func constant(_ position: Int) -> TensorData? {
    node.optionalInput(position).flatMap { context.constants[$0] }
  }

  private func integers(_ position: Int) -> [Int]? {
    guard let data = constant(position), !data.dtype.isFloatingPoint, data.elementCount <= 64 else {
      return nil
    }
    return data.doubles.map { Int(nearest: $0) }
  }

  private func check(_ numbers: [Int], _ range: ClosedRange<Int>, _ what: String) throws {
    guard let number = numbers.first(where: { !range.contains($0) }) else { return }
    throw node.error("\(what) \(number) is not in \(range.lowerBound) to \(range.upperBound)")
  }

  /// Constants and copies are made while the file is read, and must be small; views may be large.
  private func checkProduct(_ extents: [Int]) throws {
    let copies = ["ConstantOfShape", "Tile"].contains(node.opType)
    let limit = copies ? Self.largestCount : 1 << 40
    var product = 1
    for extent in extents {
      product = product.multipliedReportingOverflow(by: max(extent, 1)).partialValue
      guard product <= limit else {
        throw node.error("extents \(Shape(extents)) are more than memory holds")
      }
    }
  }

  private func checkRange() throws {
    let known = (0..<3).compactMap { constant($0) }
    // What depends on an input has no bounds yet; the reader says so.
    guard known.count == 3 else { return }
    let bounds = known.compactMap(\.doubles.first)
    guard bounds.count == 3, bounds.allSatisfy(\.isFinite), bounds[2] != 0,
      abs((bounds[1] - bounds[0]) / bounds[2]) <= Double(Self.largestCount)
    else { throw node.error("a range of \(bounds) is not one that memory holds") }
  }
}

extension Int {
  fileprivate init(nearest value: Double) { self = Int(Int64(nearest: value)) }
}
