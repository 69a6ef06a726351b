import LeptonValues

/// How one axis is resampled: for each element of the result the elements of the input that it
/// mixes, with their weights.
struct ResizeAxis {
  /// The extents.
  let input: Int
  let result: Int
  let taps: [[Interpolation.Tap]]

  /// Every element of the result lies in the input where `coordinates` says.
  init(
    _ interpolation: Interpolation, _ coordinates: Resize2D.Coordinates, input: Int, result: Int,
    scale: Double
  ) {
    self.input = input
    self.result = result
    taps = (0..<result).map { index in
      // Ties of the nearest fall as they do in single precision, in which others compute.
      let x =
        if case .nearest = interpolation.kernel {
          Double(
            coordinates.source(of: index, input: input, result: result, scale: Float(scale)))
        } else { coordinates.source(of: index, input: input, result: result, scale: scale) }
      return interpolation.taps(at: x, extent: input, scale: scale)
    }
  }

  /// The elements of the result lie in a part of the input, `region` of its extent, as TensorFlow's
  /// crop-and-resize takes it. Those that lie outside of the input mix nothing.
  init(
    _ interpolation: Interpolation, cropping region: (start: Double, end: Double), input: Int,
    result: Int, scale: Double
  ) {
    self.input = input
    self.result = result
    let last = Double(input - 1)
    taps = (0..<result).map { index in
      let width = region.end - region.start
      let place =
        result > 1 ? Double(index) * width * last / Double(result - 1) : width * last / 2
      let x = place + region.start * last
      return (0...last).contains(x) ? interpolation.taps(at: x, extent: input, scale: scale) : []
    }
  }

  /// The weights as a matrix `[result, input]`.
  func matrix(_ dtype: DType) -> TensorData {
    var weights = [Double](repeating: 0, count: result * input)
    for (row, taps) in taps.enumerated() {
      for tap in taps { weights[row * input + tap.element] += tap.weight }
    }
    return TensorData(weights, as: TensorType(dtype, [result, input]))
  }

  /// Which elements of the result lie in the input.
  var isInside: [Bool] { taps.map { !$0.isEmpty } }

  /// The element that each one of the result is, where each is one.
  var indices: TensorData {
    TensorData(taps.map { Int64($0.first?.element ?? 0) }, shape: [result])
  }
}

extension Resize2D.Coordinates {
  fileprivate func source<Real: BinaryFloatingPoint>(
    of index: Int, input: Int, result: Int, scale: Real
  ) -> Real {
    let x = Real(index)
    let (length, extent) = (Real(result), Real(input))
    switch self {
    case .halfPixel: return (x + 0.5) / scale - 0.5
    case .pytorchHalfPixel: return result > 1 ? (x + 0.5) / scale - 0.5 : 0
    case .asymmetric: return x / scale
    case .alignCorners: return result > 1 ? x * (extent - 1) / (length - 1) : 0
    case .halfPixelSymmetric:
      // The scale asks for a length that need not be whole.
      let center = extent / 2 * (1 - length / (scale * extent))
      return center + (x + 0.5) / scale - 0.5
    }
  }
}
