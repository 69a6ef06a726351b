public import LeptonGraph
import LeptonValues

/// ONNX slices only the axes that it names, and splits a tensor into several slices at once.
extension Slice {
  public static let onnxReaders: [String: ONNXReader] = ["Slice": readSlice, "Split": readSplit]

  /// Attributes before opset 10, constant operands since.
  private static let readSlice: ONNXReader = { node, context in
    let x = try node.input(0)
    let shape = context.builder.shape(of: x)
    guard let starts = try node.ints("starts") ?? context.ints(node, input: 1),
      let ends = try node.ints("ends") ?? context.ints(node, input: 2)
    else { throw node.error("starts or ends are missing") }
    let axes = try node.ints("axes") ?? context.ints(node, input: 3) ?? Array(starts.indices)
    let steps = try context.ints(node, input: 4) ?? [Int](repeating: 1, count: starts.count)
    guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count else {
      throw node.error("starts, ends, axes and steps differ in number")
    }
    var slice = Slice(
      starts: [Int](repeating: 0, count: shape.rank),
      ends: [Int](repeating: .max, count: shape.rank))
    for (index, given) in axes.enumerated() {
      guard let axis = shape.axis(given) else { throw node.error("\(shape) has no axis \(given)") }
      // Backward, a start before the first element is that element: ONNX, unlike NumPy, clamps it.
      let isBefore = steps[index] < 0 && starts[index] < -shape[axis]
      slice.starts[axis] = isBefore ? 0 : starts[index]
      slice.steps[axis] = steps[index]
      guard steps[index] > 0 || ![Int(Int32.max), .max].contains(ends[index]) else {
        // Nothing by ONNX's definition, all that is before by ONNX Runtime's.
        throw node.error(
          "a step of \(steps[index]) to the largest number is not supported",
          fix: "end it with the smallest number")
      }
      slice.ends[axis] = openEnd(ends[index], steps[index])
    }
    return try context.builder.add(slice, [x])
  }

  /// Exporters write "to the end" as the largest number of 32 or 64 bits, or nearly that.
  private static func openEnd(_ end: Int, _ step: Int) -> Int {
    if step > 0 { return end >= Int(Int32.max) ? .max : end }
    return end <= Int(Int32.min) + 1 ? .min : end
  }

  private static let readSplit: ONNXReader = { node, context in
    let x = try node.input(0)
    let shape = context.builder.shape(of: x)
    let given = node.int("axis", default: 0)
    guard let axis = shape.axis(given) else { throw node.error("\(shape) has no axis \(given)") }
    let extent = shape[axis]
    let count = max(node.int("num_outputs", default: node.outputCount), 1)
    // Equal parts; the last is smaller where the extent is not a multiple.
    let part = (extent + count - 1) / count
    let equal = (0..<count).map { min(part, max(extent - $0 * part, 0)) }
    let parts = try node.ints("split") ?? context.ints(node, input: 1) ?? equal
    guard parts.reduce(0, +) == extent else {
      throw node.error("parts \(Shape(parts)) do not add up to the extent \(extent)")
    }
    var start = 0
    return try parts.map { part in
      defer { start += part }
      let slice = Slice(start..<start + part, axis: axis, rank: shape.rank)
      return try context.builder.add(one: slice, x)
    }
  }

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    let operands = [
      writer.name(of: node.operand), writer.ints(starts, named: "starts"),
      writer.ints(ends, named: "ends"), writer.ints(Array(starts.indices), named: "axes"),
      writer.ints(steps, named: "steps"),
    ]
    writer.emit("Slice", operands, [writer.name(of: node.result)])
  }
}
