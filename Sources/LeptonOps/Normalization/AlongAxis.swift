import LeptonGraph
import LeptonValues

extension GraphBuilder {
  /// `x - max(x)` along one axis: what can be exponentiated without overflow.
  mutating func shiftedByMaximum(_ x: Value, _ axis: Int) throws -> Value {
    try add(one: Subtract(), x, add(one: Reduce(.max, axes: [axis], keepDims: true), x))
  }
}

extension ONNXReadContext {
  /// Reads Softmax or LogSoftmax. Before version 13 they flatten the axes from `axis` on.
  mutating func softmax(_ node: ONNXNode, _ op: (Int) -> any Op) throws -> Value {
    let x = try node.input(0)
    let shape = builder.shape(of: x)
    if node.opset >= 13 { return try builder.add(one: op(node.int("axis", default: -1)), x) }
    guard let axis = shape.axis(node.int("axis", default: 1)) else {
      throw node.error("shape \(shape) has no axis \(node.int("axis", default: 1))")
    }
    if axis == shape.rank - 1 { return try builder.add(one: op(-1), x) }
    let leading = Array(repeating: 0, count: axis)
    let flat = try builder.add(one: Reshape(leading + [-1]), x)
    let y = try builder.add(one: op(-1), flat)
    return try builder.add(one: Reshape(leading + shape[axis...]), y)
  }
}
