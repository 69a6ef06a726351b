/// The counter-based generator Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as
/// 1, 2, 3", SC 2011): the same key and counter give the same bits, whatever the order or the threads.
public struct Philox: Sendable, Hashable {
  public let key: SIMD2<UInt32>

  public init(key: SIMD2<UInt32>) { self.key = key }

  /// Four words for one counter.
  public func block(_ counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    var (k0, k1) = (key[0], key[1])
    var x = counter
    for round in 0..<10 {
      if round > 0 {
        k0 &+= 0x9E37_79B9
        k1 &+= 0xBB67_AE85
      }
      let a = (0xD251_1F53 as UInt32).multipliedFullWidth(by: x[0])
      let b = (0xCD9E_8D57 as UInt32).multipliedFullWidth(by: x[2])
      x = SIMD4(b.high ^ x[1] ^ k0, b.low, a.high ^ x[3] ^ k1, a.low)
    }
    return x
  }

  /// The word at `index` of a stream: lane `index % 4` of counter `index / 4`.
  public func word(_ index: Int, stream: Int) -> UInt32 {
    let counter = UInt64(index / 4)
    let words = block(
      SIMD4(
        UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32),
        UInt32(truncatingIfNeeded: stream), 0))
    return words[index % 4]
  }

  /// The number at `index` of a stream, uniform in 0..<1: a multiple of 2⁻²⁴, exact in f32.
  public func uniform(_ index: Int, stream: Int) -> Double {
    Double(word(index, stream: stream) >> 8) * 0x1p-24
  }
}
