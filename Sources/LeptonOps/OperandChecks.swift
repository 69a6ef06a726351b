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

  /// Checks that the operands have one floating-point type, and answers it.
  @discardableResult
  package func requireFloat(_ operands: [TensorType]) throws -> DType {
    let types = operands.map(\.dtype)
    guard Set(types).count == 1 else {
      throw LeptonError(
        .badInput,
        "\(name): operands have different types, "
          + types.map(\.rawValue).joined(separator: " and "), fix: "cast one of them")
    }
    guard types[0].isFloatingPoint else {
      throw LeptonError(
        .badInput, "\(name) takes floating-point operands, \(types[0]) was given",
        fix: "cast it to f32")
    }
    return types[0]
  }

  /// Checks that there are `count` operands of one floating-point type, and answers it.
  @discardableResult
  package func requireFloat(_ operands: [TensorType], count: Int) throws -> DType {
    try expect(count, operands)
    return try requireFloat(operands)
  }

  /// Checks the rank of one operand, whose axes are `axes`: `[N, C, H, W]`.
  package func requireRank(_ operand: TensorType, _ rank: Int, _ what: String, _ axes: String)
    throws
  {
    guard operand.shape.rank == rank else {
      throw LeptonError(
        .badInput, "\(name): the \(what) has shape \(operand.shape)",
        fix: "it takes \(axes), rank \(rank)")
    }
  }

  /// Checks that one operand has exactly this shape.
  package func requireShape(_ operand: TensorType, _ shape: Shape, _ what: String) throws {
    guard operand.shape == shape else {
      throw LeptonError(
        .badInput, "\(name): the \(what) has shape \(operand.shape)", fix: "it must be \(shape)")
    }
  }

  /// The error of an operation through which gradients do not flow.
  package func notDifferentiable(_ node: Node, fix: String) -> LeptonError {
    LeptonError(.badInput, "\(name) has no derivative", at: node.name, fix: fix)
  }
}
