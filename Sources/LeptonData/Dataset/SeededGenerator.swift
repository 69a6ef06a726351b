/// Random numbers from a seed, the same on every machine and in every version of Swift.
///
/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014):
/// the n-th number is a mixing function of `seed + n * gamma`, so it is counter-based, and any
/// place in the sequence can be reached directly. The draws below are our own, since the standard
/// library does not promise that `shuffled(using:)` stays the same.
public struct SeededGenerator: RandomNumberGenerator, Sendable, Hashable, Codable {
  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  /// The generator of one stream of a seed: `SeededGenerator(seed: 7, stream: epoch, row)`.
  /// Different streams are unrelated.
  public init(seed: UInt64, stream: Int...) {
    state = stream.reduce(seed) { state, part in
      Self.mix(Self.mix(state &+ Self.gamma) ^ UInt64(bitPattern: Int64(part)))
    }
  }

  public mutating func next() -> UInt64 {
    state &+= Self.gamma
    return Self.mix(state)
  }

  private static let gamma: UInt64 = 0x9E37_79B9_7F4A_7C15

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

extension SeededGenerator {
  /// A whole number in `0..<bound`, without bias: Lemire, "Fast random integer generation in an
  /// interval", 2019.
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "there is no number below \(bound)")
    let bound = UInt64(bound)
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return Int(product.high)
  }

  /// A number in `0..<1`, a multiple of 2^-24.
  public mutating func uniform() -> Float {
    Float(next() >> 40) * 0x1p-24
  }

  /// A number in `range`, evenly spread.
  public mutating func uniform(in range: ClosedRange<Float>) -> Float {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// A number with mean 0 and variance 1, nearly normal: the sum of eight bytes of one draw
  /// (Irwin-Hall), which never leaves [-4.88, 4.88] and needs no logarithm.
  public mutating func normal() -> Float {
    let bits = next()
    let even = bits & 0x00FF_00FF_00FF_00FF
    let odd = (bits >> 8) & 0x00FF_00FF_00FF_00FF
    let sum = ((even &+ odd) &* 0x0001_0001_0001_0001) >> 48
    return (Float(sum) - 1020) * (1 / 209.021_53)
  }

  /// The elements in random order (Fisher-Yates).
  public mutating func shuffled<Element>(_ elements: some Sequence<Element>) -> [Element] {
    var result = Array(elements)
    for last in stride(from: result.count - 1, to: 0, by: -1) {
      result.swapAt(last, below(last + 1))
    }
    return result
  }
}
