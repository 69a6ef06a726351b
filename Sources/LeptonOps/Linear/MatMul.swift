public import LeptonGraph
public import LeptonValues

/// The matrix product over the last two axes, `[..., M, K] x [..., K, N] -> [..., M, N]`; leading
/// extents broadcast. Each operand may be read transposed.
///
/// A dense layer is `MatMul(transposeB: true)` of `[N, in]` and weights `[out, in]`.
public struct MatMul: Op {
  public static let name = "matmul"

  public var transposeA: Bool
  public var transposeB: Bool

  public init(transposeA: Bool = false, transposeB: Bool = false) {
    self.transposeA = transposeA
    self.transposeB = transposeB
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    let dtype = try requireFloat(operands, count: 2)
    let (a, b) = (operands[0].shape, operands[1].shape)
    guard a.rank >= 2, b.rank >= 2 else {
      throw LeptonError(
        .badInput, "matmul takes operands of rank 2 or more, \(a) and \(b) were given",
        fix: "reshape a vector to a matrix of one row or column")
    }
    let (m, inner) = matrixExtents(a, transposed: transposeA)
    let (innerB, n) = matrixExtents(b, transposed: transposeB)
    guard inner == innerB else { throw innerExtentsDiffer(a, b) }
    guard let leading = leadingExtents(a).broadcast(with: leadingExtents(b)) else {
      throw LeptonError(
        .badInput, "matmul: leading extents of \(a) and \(b) do not broadcast",
        fix: "they must be equal or 1, counted from the matrices")
    }
    return [TensorType(dtype, Shape(leading.extents + [m, n]))]
  }

  private func innerExtentsDiffer(_ a: Shape, _ b: Shape) -> LeptonError {
    let (rows, inner) = matrixExtents(a, transposed: transposeA)
    let (innerB, columns) = matrixExtents(b, transposed: transposeB)
    let marks = (transposeA ? " transposed" : "", transposeB ? " transposed" : "")
    let fix =
      inner == columns
      ? "did you mean \(transposeB ? "not " : "")to transpose the second operand?"
      : rows == innerB
        ? "did you mean \(transposeA ? "not " : "")to transpose the first operand?" : ""
    return LeptonError(
      .badInput, "matmul: inner extents differ, \(a)\(marks.0) x \(b)\(marks.1)", fix: fix)
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    guard let g = gradients[0] else { return [nil, nil] }
    let (x, w) = (node.operands[0], node.operands[1])
    let dx =
      transposeA
      ? try b.add(one: MatMul(transposeA: transposeB, transposeB: true), w, g)
      : try b.add(one: MatMul(transposeB: !transposeB), g, w)
    return [
      try b.summed(dx, to: b.shape(of: x)),
      try b.summed(gradientOfSecond(x, w, g, &b), to: b.shape(of: w)),
    ]
  }

  /// The gradient of the second operand before broadcasting is undone. Where one matrix serves all
  /// leading positions they are rows of one large product.
  private func gradientOfSecond(
    _ x: Value, _ w: Value, _ g: Value, _ b: inout GraphBuilder
  ) throws -> Value {
    var (x, g) = (x, g)
    if b.shape(of: w).rank == 2, b.shape(of: x).rank > 2, !transposeA {
      x = try b.add(one: Reshape([-1, b.shape(of: x).extents.last!]), x)
      g = try b.add(one: Reshape([-1, b.shape(of: g).extents.last!]), g)
    }
    return transposeB
      ? try b.add(one: MatMul(transposeA: true, transposeB: transposeA), g, x)
      : try b.add(one: MatMul(transposeA: !transposeA), x, g)
  }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let (a, b) = (operands[0], operands[1])
    let shape = results[0].shape
    let (m, inner) = matrixExtents(a.shape, transposed: transposeA)
    let n = shape.extents.last!
    let leading = leadingExtents(shape)
    let indexA = BroadcastIndex(leadingExtents(a.shape), to: leading)
    let indexB = BroadcastIndex(leadingExtents(b.shape), to: leading)
    let rowsA = transposeA ? transposedMatrices(a) : a.doubles
    let rowsB = transposeB ? transposedMatrices(b) : b.doubles
    var y = [Double](repeating: 0, count: shape.elementCount)
    rowsA.withUnsafeBufferPointer { a in
      rowsB.withUnsafeBufferPointer { b in
        y.withUnsafeMutableBufferPointer { y in
          for position in 0..<leading.elementCount {
            let (startA, startB) = (indexA[position] * m * inner, indexB[position] * inner * n)
            for i in 0..<m {
              let row = (position * m + i) * n
              for k in 0..<inner {
                let factor = a[startA + i * inner + k]
                let rowB = startB + k * n
                for j in 0..<n { y[row + j] += factor * b[rowB + j] }
              }
            }
          }
        }
      }
    }
    return [TensorData(y, as: results[0])]
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    let inner = matrixExtents(operands[0].shape, transposed: transposeA).columns
    return Cost(flops: 2 * inner * results[0].shape.elementCount, operands, results)
  }

  public static let samples = [
    Sample(MatMul(), [.normal([3, 5]), .normal([5, 4])]),
    Sample(MatMul(transposeB: true), [.normal([1, 17]), .normal([10, 17])]),
    Sample(MatMul(transposeA: true), [.normal([6, 3]), .normal([6, 2])]),
    Sample(MatMul(transposeA: true, transposeB: true), [.normal([4, 3]), .normal([5, 4])]),
    Sample(MatMul(), [.normal([2, 3, 4]), .normal([4, 5])]),
    Sample(MatMul(transposeB: true), [.normal([2, 2, 3, 4]), .normal([2, 1, 5, 4])]),
    Sample(MatMul(transposeA: true), [.normal([2, 4, 3]), .normal([4, 2])]),
  ]
}

/// Rows and columns of the matrices in the last two axes.
private func matrixExtents(
  _ shape: Shape, transposed: Bool
) -> (rows: Int, columns: Int) {
  let (rows, columns) = (shape[shape.rank - 2], shape[shape.rank - 1])
  return transposed ? (columns, rows) : (rows, columns)
}

/// The extents before the last two.
private func leadingExtents(_ shape: Shape) -> Shape { Shape(Array(shape.extents.dropLast(2))) }

/// The elements with the last two axes exchanged.
private func transposedMatrices(_ data: TensorData) -> [Double] {
  let (rows, columns) = matrixExtents(data.shape, transposed: false)
  let source = data.doubles
  var result = [Double](repeating: 0, count: source.count)
  source.withUnsafeBufferPointer { source in
    result.withUnsafeMutableBufferPointer { result in
      for start in stride(from: 0, to: source.count, by: max(rows * columns, 1)) {
        for i in 0..<rows {
          for j in 0..<columns { result[start + j * rows + i] = source[start + i * columns + j] }
        }
      }
    }
  }
  return result
}
