public import LeptonGraph
public import LeptonValues

/// Uniform random numbers in 0..<1, f32: the numbers of `Philox` with the operand, i64[2], as key.
///
/// Randomness is an operand, so a graph is a function: the same key gives the same bits. `stream`
/// tells apart the sources of one graph.
public struct RandomUniform: Op {
  public static let name = "randomUniform"

  public var shape: [Int]
  public var stream: Int

  public init(shape: [Int], stream: Int) {
    self.shape = shape
    self.stream = stream
  }

  public func resultTypes(of operands: [TensorType]) throws -> [TensorType] {
    try expect(1, operands)
    guard operands[0] == TensorType(.i64, [2]) else {
      throw LeptonError(
        .badInput, "randomUniform: the key is \(operands[0])",
        fix: "give the two numbers of a seed as i64[2]")
    }
    return [TensorType(.f32, Shape(shape))]
  }

  public func pullback(
    _ node: Node, _ gradients: [Value?], _ b: inout GraphBuilder
  ) throws -> [Value?] { [nil] }

  public func reference(
    _ operands: [TensorData], _ results: [TensorType]
  ) throws -> [TensorData] {
    let key = operands[0].array(of: Int64.self).map { UInt32(truncatingIfNeeded: $0) }
    let philox = Philox(key: SIMD2(key[0], key[1]))
    let numbers = (0..<results[0].shape.elementCount).map { philox.uniform($0, stream: stream) }
    return [TensorData(numbers, as: results[0])]
  }

  public func cost(_ operands: [TensorType], _ results: [TensorType]) -> Cost {
    Cost(flops: 20 * results[0].shape.elementCount, operands, results)
  }

  public static let samples = [
    sample([3, 4], stream: 0, key: [42, 0]),
    sample([37], stream: 7, key: [-1, 1 << 40]),
    sample([], stream: 1, key: [0, 0]),
  ]

  private static func sample(_ shape: [Int], stream: Int, key: [Int64]) -> Sample {
    Sample(
      RandomUniform(shape: shape, stream: stream), [.values(TensorData(key, shape: [2]))],
      differentiable: false, onnx: false, tolerance: 0)
  }
}
