package import LeptonGraph
package import LeptonValues

extension Op {
  /// Checks the number of operands. Type rules begin with it.
  package func expect(_ count: Int, _ operands: [TensorType]) throws {
    guard operands.count == count else {
      throw LeptonError(
        .badInput,
        "\(name) takes \(count) operand\(count == 1 ? "" : "s"), \(operands.count) were given")
    }
  }

  /// `axis` counted from the front. Throws where the shape has no such axis.
  package func resolve(_ axis: Int, in shape: Shape) throws -> Int {
    guard let resolved = shape.axis(axis) else {
      throw LeptonError(
        .badInput, "\(name): \(shape) has no axis \(axis)",
        fix: shape.rank == 0
          ? "a scalar has no axes" : "axes are \(-shape.rank) to \(shape.rank - 1)")
    }
    return resolved
  }
}
