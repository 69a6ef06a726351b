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
    let suppression = BoxSuppression(
      overlap: Float(try setting(3) ?? 0), limit: Int(Int32(nearest: try setting(2) ?? 0)))
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
      let chosen = suppression.kept(
        of: candidates, scores: Array(grades[line * count..<(line + 1) * count]), above: least)
      for box in chosen { kept += [Int64(image), Int64(label), Int64(box)] }
    }
    return [try context.addConstant(TensorData(kept, shape: [kept.count / 3, 3]))]
  }
}

extension Box {
  /// Two opposite corners, or a centre, width and height.
  fileprivate init(_ numbers: ArraySlice<Float>, isCentered: Bool) {
    let n = Array(numbers)
    let (a, b) = (SIMD2(n[0], n[1]), SIMD2(n[2], n[3]))
    if isCentered { self.init(centre: a, size: b) } else { self.init(corner: a, b) }
  }
}
