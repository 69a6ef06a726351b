import LeptonValues

/// What an integer kernel makes of the sums of products of each output: `(sum + offset) * scale + rest`.
///
/// The source's zero point and a bias of whole steps (all of an int32 bias) are added as integers, and scales are rounded once:
/// results differ from exact ones only by the rounding of one product.
struct RequantizedSums {
  /// As the kernels take them, the bits of i32 [3, O]: offsets, scales, rests.
  let scales: TensorData
  /// What the magnitudes of results do not exceed, in units.
  let largest: Double

  /// - Parameters:
  ///   - weights: i8 [O, ...].
  ///   - scales: of the weights, [O].
  ///   - bias: real, [O].
  ///   - unit: what a result counts, as a real number.
  /// - Returns: nil where sums may leave 32 bits.
  init?(
    sourceScale: Double, sourceZero: Int, weights: TensorData, scales: TensorData,
    bias: TensorData, unit: Double
  ) {
    let outputs = scales.elementCount
    let largestSums = weights.rows(outputs).map { row in
      255 * row.reduce(0) { $0 + Int($1.magnitude) }
    }
    let shifts = Self.shifts(by: sourceZero, weights, outputs: outputs)
    var offsets: [Int32] = []
    var factors: [Float] = []
    var rests: [Float] = []
    var largest = 0.0
    for (output, (scale, bias)) in zip(scales.doubles, bias.doubles).enumerated() {
      let most = Double(largestSums[output])
      let step = sourceScale * scale
      let steps = step == 0 ? 0 : (bias / step).rounded()
      let whole = steps.magnitude < 0x1p30 ? steps : 0
      let offset = whole - Double(shifts[output])
      guard offset.magnitude + most < 0x1p31 else { return nil }
      let rest = (bias - whole * step) / unit
      offsets.append(Int32(offset))
      factors.append(Float(step / unit))
      rests.append(Float(rest))
      let result = (offset.magnitude + most) * (step / unit).magnitude + rest.magnitude
      // Not `max`, which a NaN would pass.
      if !(result <= largest) { largest = result }
    }
    let bits = (factors + rests).map { Int32(bitPattern: $0.bitPattern) }
    self.scales = TensorData(offsets + bits, shape: [3, outputs])
    self.largest = largest
  }

  /// What a source's zero point adds to the sums of i8 weights [O, ...]: zero * sum(weights) of each output.
  static func shifts(by zero: Int, _ weights: TensorData, outputs: Int) -> [Int] {
    guard zero != 0 else { return [Int](repeating: 0, count: outputs) }
    return weights.rows(outputs).map { row in zero * row.reduce(0) { $0 + Int($1) } }
  }
}

extension TensorData {
  /// i8 [count, ...] as so many runs.
  fileprivate func rows(_ count: Int) -> [ArraySlice<Int8>] {
    let integers = array(of: Int8.self)
    let depth = integers.count / max(1, count)
    return (0..<count).map { integers[($0 * depth)..<(($0 + 1) * depth)] }
  }
}
