import LeptonValues

/// Weights [O, ...] as integers with one step for each output, symmetric around zero.
struct QuantizedWeights {
  /// `i8` of the weights' shape.
  let integers: TensorData
  /// `f32[O]`
  let scales: TensorData

  /// - Parameter limit: the largest integer used: 127, or 63 where products of 8 bits saturate.
  init(_ weights: TensorData, limit: Int) {
    let outputs = weights.shape[0]
    let inner = weights.elementCount / max(1, outputs)
    let values = weights.floats
    var scales = [Float](repeating: 1, count: outputs)
    var integers = [Int8](repeating: 0, count: values.count)
    for output in 0..<outputs {
      let row = (output * inner)..<((output + 1) * inner)
      let largest = values[row].reduce(0) { max($0, abs($1)) }
      scales[output] = ActivationScale.step(largest / Float(limit))
      for index in row {
        let steps = (values[index] / scales[output]).rounded(.toNearestOrEven)
        integers[index] = Int8(min(max(steps, -Float(limit)), Float(limit)))
      }
    }
    self.integers = TensorData(integers, shape: weights.shape)
    self.scales = TensorData(scales, shape: [outputs])
  }
}
