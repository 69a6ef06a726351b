import LeptonGraph
import LeptonOps
import LeptonValues

extension Compositions {
  /// Of boxes that overlap, the one with the best score; for every class of every image. Boxes and
  /// scores must be constant, since they decide how many are left.
  static let readNonMaxSuppression: ONNXReader = { node, context in
    let boxes = try context.constant(node.input(0), of: node)
    let scores = try context.constant(node.input(1), of: node)
    func setting(_ position: Int) throws -> Double? {
      try node.optionalInput(position).map { try context.constant($0, of: node).doubles }?.first
    }
    guard boxes.shape.rank == 3, scores.shape.rank == 3, boxes.shape[2] == 4,
      boxes.shape[0] == scores.shape[0], boxes.shape[1] == scores.shape[2]
    else {
      throw node.error(
        "boxes \(boxes.type), scores \(scores.type)",
        fix: "give boxes [images, boxes, 4] and scores [images, classes, boxes]")
    }
    let count = boxes.shape[1]
    let limit = Int(Int32(nearest: try setting(2) ?? 0))
    let threshold = Float(try setting(3) ?? 0)
    let least = try setting(4).map { Float($0) }
    let isCentered = node.int("center_point_box", default: 0) != 0
    let corners = boxes.floats
    let all = (0..<boxes.shape[0] * count).map { box in
      Box(corners[box * 4..<box * 4 + 4], isCentered: isCentered)
    }
    let grades = scores.floats
    var kept: [Int64] = []
    for line in 0..<scores.shape[0] * scores.shape[1] {
      let (image, label) = line.quotientAndRemainder(dividingBy: scores.shape[1])
      let candidates = Array(all[image * count..<(image + 1) * count])
      let chosen = suppress(
        candidates, Array(grades[line * count..<(line + 1) * count]), above: least,
        overlap: threshold, limit: limit)
      for box in chosen { kept += [Int64(image), Int64(label), Int64(box)] }
    }
    return [try context.addConstant(TensorData(kept, shape: [kept.count / 3, 3]))]
  }

  /// The boxes that stay, best first; of equal scores the first.
  private static func suppress(
    _ boxes: [Box], _ scores: [Float], above least: Float?, overlap: Float, limit: Int
  ) -> [Int] {
    let order = scores.indices.filter { index in least.map { scores[index] > $0 } ?? true }
      .sorted { scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1] }
    var chosen: [Int] = []
    for box in order where chosen.count < limit {
      if !chosen.contains(where: { boxes[$0].overlap(with: boxes[box]) > overlap }) {
        chosen.append(box)
      }
    }
    return chosen
  }
}

/// A box by its sides.
private struct Box {
  private let low: SIMD2<Float>
  private let high: SIMD2<Float>

  /// Two opposite corners, or a center, width and height.
  init(_ numbers: ArraySlice<Float>, isCentered: Bool) {
    let n = Array(numbers)
    let (a, b) = (SIMD2(n[0], n[1]), SIMD2(n[2], n[3]))
    low = isCentered ? a - b / 2 : pointwiseMin(a, b)
    high = isCentered ? a + b / 2 : pointwiseMax(a, b)
  }

  private static func area(_ sides: SIMD2<Float>) -> Float {
    sides.x > 0 && sides.y > 0 ? sides.x * sides.y : 0
  }

  /// The common area in relation to that of both together.
  func overlap(with other: Box) -> Float {
    let common = Self.area(pointwiseMin(high, other.high) - pointwiseMax(low, other.low))
    guard common > 0 else { return -1 }
    let total = Self.area(high - low) + Self.area(other.high - other.low) - common
    return total > 0 ? common / total : -1
  }
}
