public import LeptonValues

/// When a result is the expected one: type and shape equal, whole numbers and truth values exactly, others within the
/// bounds that ONNX's own runner uses. In single precision what is smaller than half a step of the tensor's largest element
/// agrees too: sums of such elements, a Fourier transform's say, leave so much of nothing.
public struct Agreement: Sendable {
  public var relative = 1e-3
  public var absolute = 1e-7
  /// For bf16: two of its steps.
  public var relativeOfBFloat16 = 0x1p-6

  public init() {}

  /// The first difference in words; nil where there is none. NaN agrees with NaN, infinities with their like.
  public func difference(_ result: TensorData, _ expected: TensorData) -> String? {
    guard result.type == expected.type else { return "\(result.type) instead of \(expected.type)" }
    if result == expected { return nil }
    let bounds = bounds(expected)
    let differing = zip(result.doubles, expected.doubles).enumerated().filter { _, pair in
      !agree(pair.0, pair.1, bounds)
    }
    guard let (position, pair) = differing.first else {
      return expected.dtype.isInteger ? "whole numbers that differ beyond 53 bits" : nil
    }
    return "\(differing.count) of \(result.elementCount) elements differ, first at \(position): "
      + "\(pair.0) instead of \(pair.1)"
  }

  private func bounds(_ expected: TensorData) -> (relative: Double, absolute: Double) {
    switch expected.dtype {
    case .f32:
      let largest = expected.doubles.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
      return (relative, max(absolute, largest * 0x1p-24))
    case .bf16: return (max(relative, relativeOfBFloat16), absolute)
    case .f16, .f64: return (relative, absolute)
    default: return (0, 0)
    }
  }

  private func agree(
    _ a: Double, _ b: Double, _ bounds: (relative: Double, absolute: Double)
  ) -> Bool {
    if a == b || (a.isNaN && b.isNaN) { return true }
    return abs(a - b) <= bounds.absolute + bounds.relative * abs(b)
  }
}
