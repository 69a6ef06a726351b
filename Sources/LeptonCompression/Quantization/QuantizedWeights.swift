import LeptonValues

/// Weights [O, ...] as integers with one step for each output, symmetric around zero.
struct QuantizedWeights {
  /// `i8` of the weights' shape.
  let integers: TensorData
  /// `f32[O]`
  let scales: TensorData

  /// Which integers are used.
  enum Form {
    /// -127...127
    case eightBits
    /// -63...63: the sum of two products with `u8` then fits 16 bits.
    case sevenBits
    /// The even ones of -62...62, for an `i8` input: engines make it `u8`, and the convolutions of oneDNN halve weights
    /// besides, these without loss.
    case evenSevenBits
  }

  init(_ weights: TensorData, _ form: Form) {
    let limit: Float =
      switch form {
      case .eightBits: 127
      case .sevenBits: 63
      case .evenSevenBits: 31
      }
    let unit: Float = form == .evenSevenBits ? 2 : 1
    let outputs = weights.shape[0]
    let inner = weights.elementCount / max(1, outputs)
    let values = weights.floats
    var scales = [Float](repeating: 1, count: outputs)
    var integers = [Int8](repeating: 0, count: values.count)
    for output in 0..<outputs {
      let row = (output * inner)..<((output + 1) * inner)
      let largest = values[row].reduce(0) { max($0, abs($1)) }
      let step = ActivationScale.step(largest / limit)
      scales[output] = step / unit
      for index in row {
        let steps = (values[index] / step).rounded(.toNearestOrEven)
        integers[index] = Int8(unit * min(max(steps, -limit), limit))
      }
    }
    self.integers = TensorData(integers, shape: weights.shape)
    self.scales = TensorData(scales, shape: [outputs])
  }
}
