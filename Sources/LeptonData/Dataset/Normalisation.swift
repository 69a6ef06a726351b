import LeptonValues

/// The mean and standard deviation that a model's input is normalised by: `(x - mean) / deviation`.
///
/// Of an image each channel has one, in units of 0...255; of a table each column. Compute it from
/// the training part only, or the other parts leak into the model.
public struct Normalisation: Sendable, Hashable, Codable {
  public var mean: [Float]
  /// The population standard deviation; 1 where all values are equal, so that division is safe.
  public var deviation: [Float]

  public init(mean: [Float], deviation: [Float]) {
    self.mean = mean
    self.deviation = deviation
  }

  /// The statistics of every value in `dataset`.
  public init(of dataset: Dataset) {
    let moments =
      dataset.features.dtype == .u8
      ? Self.byteMoments(dataset.features) : Self.moments(dataset.features)
    mean = moments.map { Float($0.mean) }
    deviation = moments.map { mean, variance in
      let rounding = 1e-14 * mean * mean
      return variance > rounding ? Float(variance.squareRoot()) : 1
    }
  }

  private typealias Moments = (mean: Double, variance: Double)

  /// Exact, from how often each of the 256 values occurs in each channel.
  private static func byteMoments(_ features: TensorData) -> [Moments] {
    let channels = features.shape[1]
    let plane = features.shape.dropFirst(2).reduce(1, *)
    var counts = [Int](repeating: 0, count: channels * 256)
    features.withUnsafeBytes { bytes in
      counts.withUnsafeMutableBufferPointer { counts in
        for start in stride(from: 0, to: bytes.count, by: max(1, plane)) {
          let base = (start / plane % channels) * 256
          for index in start..<(start + plane) { counts[base + Int(bytes[index])] += 1 }
        }
      }
    }
    return (0..<channels).map { channel in
      let histogram = counts[(channel * 256)..<((channel + 1) * 256)]
      let total = Double(max(1, histogram.reduce(0, +)))
      let mean = histogram.enumerated().reduce(0) { $0 + Double($1.offset * $1.element) } / total
      let squares = histogram.enumerated().reduce(0) {
        let deviation = Double($1.offset) - mean
        return $0 + deviation * deviation * Double($1.element)
      }
      return (mean, squares / total)
    }
  }

  /// Two passes in double precision: first the means, then the squared deviations.
  private static func moments(_ features: TensorData) -> [Moments] {
    let channels = features.shape[1]
    let plane = features.shape.dropFirst(2).reduce(1, *)
    let values = features.floats
    let total = Double(max(1, features.shape[0] * plane))
    var means = [Double](repeating: 0, count: channels)
    for (index, value) in values.enumerated() {
      means[index / plane % channels] += Double(value)
    }
    means = means.map { $0 / total }
    var squares = [Double](repeating: 0, count: channels)
    for (index, value) in values.enumerated() {
      let channel = index / plane % channels
      let deviation = Double(value) - means[channel]
      squares[channel] += deviation * deviation
    }
    return zip(means, squares).map { ($0, $1 / total) }
  }
}
