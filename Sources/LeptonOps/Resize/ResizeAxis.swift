import LeptonValues

/// How one axis is resampled: for each element of the result the elements of the input that it
/// mixes, with their weights.
struct ResizeAxis {
  struct Tap {
    let element: Int
    let weight: Double
  }

  /// The extents.
  let input: Int
  let result: Int
  let taps: [[Tap]]

  init(_ resize: Resize2D, input: Int, result: Int, scale: Double) {
    self.input = input
    self.result = result
    taps = (0..<result).map { index in
      switch resize.mode {
      case .nearest:
        // Ties fall as they do in single precision, in which every other implementation computes.
        let x = resize.coordinates.source(
          of: index, input: input, result: result, scale: Float(scale))
        let nearest = Int(resize.rounding.round(x))
        return [Tap(element: min(max(nearest, 0), input - 1), weight: 1)]
      case .linear:
        let x = resize.coordinates.source(of: index, input: input, result: result, scale: scale)
        let clamped = min(max(x, 0), Double(input - 1))
        let lower = Int(clamped)
        let fraction = clamped - Double(lower)
        guard fraction > 0 else { return [Tap(element: lower, weight: 1)] }
        return [
          Tap(element: lower, weight: 1 - fraction), Tap(element: lower + 1, weight: fraction),
        ]
      }
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
}

extension Resize2D.Coordinates {
  fileprivate func source<Real: BinaryFloatingPoint>(
    of index: Int, input: Int, result: Int, scale: Real
  ) -> Real {
    let x = Real(index)
    return switch self {
    case .halfPixel: (x + 0.5) / scale - 0.5
    case .pytorchHalfPixel: result > 1 ? (x + 0.5) / scale - 0.5 : 0
    case .asymmetric: x / scale
    case .alignCorners: result > 1 ? x * Real(input - 1) / Real(result - 1) : 0
    }
  }
}

extension Resize2D.Rounding {
  fileprivate func round(_ x: Float) -> Float {
    switch self {
    case .floor: x.rounded(.down)
    case .ceil: x.rounded(.up)
    case .roundPreferFloor: (x - 0.5).rounded(.up)
    case .roundPreferCeil: (x + 0.5).rounded(.down)
    }
  }
}
