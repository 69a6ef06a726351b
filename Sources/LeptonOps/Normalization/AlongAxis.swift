package import LeptonGraph
import LeptonValues

extension GraphBuilder {
  /// `x - max(x)` along one axis: what can be exponentiated without overflow.
  mutating func shiftedByMaximum(_ x: Value, _ axis: Int) throws -> Value {
    try add(one: Subtract(), x, add(one: Reduce(.max, axes: [axis], keepDims: true), x))
  }
}

extension ONNXReadContext {
  /// Reads an operator along one axis. Before version 13 such operators flatten the axes from `axis` on.
  package mutating func alongAxis(
    _ node: ONNXNode, _ body: (Value, Int, inout ONNXReadContext) throws -> Value
  ) throws -> Value {
    try node.allow(["axis"])
    let x = try node.input(0)
    let shape = shape(of: x)
    if node.opset >= 13 {
      return try body(x, node.axis("axis", default: -1, in: shape), &self)
    }
    let axis = try node.axis("axis", default: 1, in: shape)
    if axis == shape.rank - 1 { return try body(x, axis, &self) }
    let leading = Array(repeating: 0, count: axis)
    let flat = try reshaped(x, leading + [-1])
    return try reshaped(body(flat, axis, &self), leading + shape[axis...])
  }
}
