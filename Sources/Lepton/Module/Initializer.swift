import Foundation
import LeptonOps
public import LeptonValues

/// How a parameter starts. Random numbers are counter-based: they follow from seed, path and
/// position alone.
public enum Initializer: Sendable, Hashable {
  case zeros
  case ones
  case constant(Double)
  /// These elements.
  case values(TensorData)
  case uniform(ClosedRange<Double>)
  case normal(mean: Double = 0, deviation: Double)
  /// Uniform with variance 2 / (fan-in + fan-out). Source: Glorot and Bengio, 2010.
  case xavier(fanIn: Int, fanOut: Int)
  /// Uniform with variance gain² / fan-in. Source: He et al., 2015. PyTorch's layers start with the
  /// gain of a leaky rectifier of slope √5, which is √(1/3) and makes the bound 1/√fan-in.
  case kaiming(fanIn: Int, gain: Double = (1.0 / 3).squareRoot())

  /// The elements of a parameter.
  public func elements(_ type: TensorType, seed: UInt64, path: String) -> TensorData {
    var random = UniformNumbers(key: seed &+ Self.fingerprint(path))
    switch self {
    case .zeros: return TensorData(zeros: type)
    case .ones: return Self.fill(type) { 1 }
    case .constant(let value): return Self.fill(type) { value }
    case .values(let data):
      precondition(data.shape == type.shape, "\(data.type) given for a parameter \(type)")
      return data.converted(to: type.dtype)
    case .uniform(let range):
      let width = range.upperBound - range.lowerBound
      return Self.fill(type) { range.lowerBound + width * random.next() }
    case .normal(let mean, let deviation):
      // Box and Muller, 1958.
      return Self.fill(type) {
        let radius = (-2 * log(1 - random.next())).squareRoot()
        return mean + deviation * radius * cos(2 * .pi * random.next())
      }
    case .xavier(let fanIn, let fanOut):
      let bound = (6 / Double(fanIn + fanOut)).squareRoot()
      return Initializer.uniform(-bound...bound).elements(type, seed: seed, path: path)
    case .kaiming(let fanIn, let gain):
      let bound = gain * (3 / Double(fanIn)).squareRoot()
      return Initializer.uniform(-bound...bound).elements(type, seed: seed, path: path)
    }
  }

  private static func fill(_ type: TensorType, _ next: () -> Double) -> TensorData {
    let count = type.shape.elementCount
    if type.dtype == .f32 {
      return TensorData((0..<count).map { _ in Float(next()) }, shape: type.shape)
    }
    return TensorData((0..<count).map { _ in next() }, as: type)
  }

  /// The 64-bit FNV-1a hash. The path names the stream, so that a new layer leaves the weights of
  /// others alone.
  private static func fingerprint(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}

/// Numbers in 0..<1, one after the other: multiples of 2^-24 from the lanes of Philox blocks.
private struct UniformNumbers {
  private let philox: Philox
  private var position: UInt64 = 0
  private var block = SIMD4<UInt32>()

  init(key: UInt64) {
    philox = Philox(
      key: SIMD2(UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32)))
  }

  mutating func next() -> Double {
    let lane = Int(position & 3)
    if lane == 0 {
      let index = position >> 2
      block = philox.block(
        SIMD4(UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32), 0, 0))
    }
    position += 1
    return Double(block[lane] >> 8) * 0x1p-24
  }
}
