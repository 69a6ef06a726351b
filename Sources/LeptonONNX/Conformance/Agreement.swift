public import LeptonValues

/// When a result is the expected one: type and shape equal, whole numbers and truth values exactly, others within the
/// bounds that ONNX's own runner uses, or nothing beside the largest one.
public struct Agreement: Sendable {
  public var relative = 1e-3
  public var absolute = 1e-7
  /// The same for bf16, two of whose steps it is.
  public var relativeBF16 = 0x1p-6
  /// What counts as nothing beside the largest element of a tensor: two elements that are both below it agree. It is the
  /// rounding of single precision, in which a sum that should vanish (as in a Fourier transform) leaves any remainder.
  public var vanishing = 0x1p-23

  public init() {}

  /// The first difference in words; nil where there is none. NaN agrees with NaN, infinities with their like.
  public func difference(_ result: TensorData, _ expected: TensorData) -> String? {
    guard result.type == expected.type else { return "\(result.type) instead of \(expected.type)" }
    if result == expected { return nil }
    let isExact = !expected.dtype.isFloatingPoint
    let relative = expected.dtype == .bf16 ? relativeBF16 : relative
    let largest = expected.doubles.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
    let differing = zip(result.doubles, expected.doubles).enumerated().filter { _, pair in
      !agree(pair.0, pair.1, within: isExact ? nil : relative)
        && !(!isExact && max(abs(pair.0), abs(pair.1)) <= vanishing * largest)
    }
    guard let (position, pair) = differing.first else {
      return isExact ? "whole numbers that differ beyond 53 bits" : nil
    }
    return "\(differing.count) of \(result.elementCount) elements differ, first at \(position): "
      + "\(pair.0) instead of \(pair.1)"
  }

  private func agree(_ a: Double, _ b: Double, within relative: Double?) -> Bool {
    if a == b || (a.isNaN && b.isNaN) { return true }
    return relative.map { abs(a - b) <= absolute + $0 * abs(b) } ?? false
  }
}
