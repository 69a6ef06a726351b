public import LeptonGraph
public import LeptonValues

/// The determinants of square matrices, `[..., n, n] -> [...]`.
public struct Determinant: Op {
  public static let name = "determinant"

  public init() {}

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try requireFloat(operands, count: 1)
    let shape = operands[0].shape
    guard shape.rank >= 2, shape[shape.rank - 1] == shape[shape.rank - 2] else {
      throw LeptonError(
        .badInput, "determinant: \(shape) holds no square matrices", fix: "give [..., n, n]")
    }
    return [operands[0].with(shape: Shape(Array(shape.dropLast(2))))]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] {
    throw notDifferentiable(node, fix: "write the determinant of small matrices in products")
  }

  /// By elimination with the largest pivot of each column.
  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let n = operands[0].shape[operands[0].shape.rank - 1]
    let elements = operands[0].doubles
    let determinants = (0..<results[0].shape.elementCount).map { index -> Double in
      var m = Array(elements[index * n * n..<(index + 1) * n * n])
      var determinant = 1.0
      for column in 0..<n {
        let pivot = (column..<n).max { abs(m[$0 * n + column]) < abs(m[$1 * n + column]) }!
        if m[pivot * n + column] == 0 { return 0 }
        if pivot != column {
          for k in 0..<n { m.swapAt(pivot * n + k, column * n + k) }
          determinant = -determinant
        }
        determinant *= m[column * n + column]
        for row in column + 1..<n {
          let factor = m[row * n + column] / m[column * n + column]
          for k in column..<n { m[row * n + k] -= factor * m[column * n + k] }
        }
      }
      return determinant
    }
    return [TensorData(determinants, as: results[0])]
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    let n = operands[0].shape[operands[0].shape.rank - 1]
    return Cost(flops: operands[0].shape.elementCount * max(n, 1) * 2 / 3, operands, results)
  }

  public static let samples = [
    Sample(Determinant(), [.normal([2, 2])], differentiable: false),
    Sample(Determinant(), [.normal([3, 5, 5])], differentiable: false),
    Sample(Determinant(), [.normal([2, 1, 1, 1])], differentiable: false),
    Sample(
      Determinant(), [.values(TensorData([0, 2, 3, 0] as [Float], shape: [2, 2]))],
      differentiable: false),
  ]

  public static let onnxReaders = plainONNXReader("Det", Determinant())

  public func writeONNX(_ node: Node, _ writer: inout ONNXWriter) throws {
    writer.emit("Det", for: node)
  }
}
