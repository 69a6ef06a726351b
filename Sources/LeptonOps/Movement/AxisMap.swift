package import LeptonGraph
package import LeptonValues

/// Bounds on matrices that are made while a file is read.
package enum AxisMap {
  package static let mostElements = 1 << 26
}

extension GraphBuilder {
  /// A linear map along one axis: `matrix` is `[result, extent]`, and the axis gets its extent.
  package mutating func mapped(_ x: Value, axis: Int, by matrix: TensorData) throws -> Value {
    let shape = shape(of: x)
    let weights = try constant(matrix)
    if axis == shape.rank - 1, shape.rank > 1 {
      return try add(one: MatMul(transposeB: true), x, weights)
    }
    var result = shape.extents
    result[axis] = matrix.shape[0]
    if axis == shape.rank - 2 { return try add(one: MatMul(), weights, x) }
    // Examples are the first axis: their number stays open unless they are what is mapped.
    let inner = shape[(axis + 1)...].reduce(1, *)
    let outer = axis == 0 || shape.contains(0) ? shape[..<axis].reduce(1, *) : -1
    let lines = try add(one: Reshape([outer, shape[axis], inner]), x)
    let mapped = try add(one: MatMul(), weights, lines)
    if axis > 0 { result[0] = outer == -1 ? -1 : result[0] }
    return try add(one: Reshape(result), mapped)
  }
}
