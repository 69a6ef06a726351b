package import LeptonGraph
package import LeptonValues

extension Sample {
  /// The operands of the sample, the same with every call, with floating-point ones in `dtype`.
  package func operandData(_ dtype: DType = .f32) -> [TensorData] {
    operands.enumerated().map { index, operand in
      operand.data(dtype, Philox(key: SIMD2(0x5EED, UInt32(index))))
    }
  }
}

extension Sample.Operand {
  fileprivate func data(_ dtype: DType, _ philox: Philox) -> TensorData {
    switch self {
    case .uniform(let shape, let range):
      let width = range.upperBound - range.lowerBound
      let numbers = philox.uniform(shape).map { range.lowerBound + width * $0 }
      return TensorData(numbers, as: TensorType(dtype, shape))
    case .integers(let shape, let range, let dtype):
      let numbers = philox.uniform(shape).map { range.lowerBound + Int($0 * Double(range.count)) }
      return TensorData(numbers.map(Double.init), as: TensorType(dtype, shape))
    case .distinct(let shape):
      // A shuffle of equally spaced numbers around 0.
      let keys = philox.uniform(shape)
      let order = keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }
      let middle = Double(order.count - 1) / 2
      return TensorData(
        order.map { (Double($0) - middle) * 0.0625 + 0.01 }, as: TensorType(dtype, shape))
    case .values(let data):
      return data.dtype.isFloatingPoint ? data.converted(to: dtype) : data
    }
  }
}

extension Philox {
  /// Numbers for a whole tensor, uniform in 0..<1.
  fileprivate func uniform(_ shape: Shape) -> [Double] {
    (0..<shape.elementCount).map { uniform($0, stream: 0) }
  }
}
