import LeptonValues

/// Blocks of quantised elements, as ggml lays them out: 32 elements with a scale, or 256 with scales and offsets for every 16 or
/// 32 of them, which are numbers of 4 to 8 bits themselves.
extension GGUFType {
  /// Elements and bytes of a block; nil for plain elements.
  var block: (elements: Int, bytes: Int)? {
    switch self {
    case .q4_0, .iq4_nl: (32, 18)
    case .q4_1: (32, 20)
    case .q5_0: (32, 22)
    case .q5_1: (32, 24)
    case .q8_0: (32, 34)
    case .q2_k: (256, 84)
    case .q3_k: (256, 110)
    case .q4_k: (256, 144)
    case .q5_k: (256, 176)
    case .q6_k: (256, 210)
    default: nil
    }
  }

  /// The elements of blocks.
  func widened(_ bytes: [UInt8]) -> [Float] {
    guard let block else { return [] }
    var result: [Float] = []
    result.reserveCapacity(bytes.count / block.bytes * block.elements)
    for start in stride(from: 0, to: bytes.count, by: block.bytes) {
      result += elements(of: Block(bytes: bytes[start..<start + block.bytes]))
    }
    return result
  }

  private func elements(of block: Block) -> [Float] {
    switch self {
    case .q4_0: block.nibbles(2).map { (Float($0) - 8) * block.half(0) }
    case .q4_1: block.nibbles(4).map { Float($0) * block.half(0) + block.half(2) }
    case .q5_0: block.fiveBits(high: 2, low: 6).map { (Float($0) - 16) * block.half(0) }
    case .q5_1: block.fiveBits(high: 4, low: 8).map { Float($0) * block.half(0) + block.half(2) }
    case .q8_0: (2..<34).map { block.signed($0) * block.half(0) }
    case .iq4_nl: block.nibbles(2).map { Self.steps[$0] * block.half(0) }
    case .q2_k: block.twoBits()
    case .q3_k: block.threeBits()
    case .q4_k: block.fourBits(low: 16, high: nil)
    case .q5_k: block.fourBits(low: 48, high: 16)
    case .q6_k: block.sixBits()
    default: []
    }
  }

  /// What the numbers of IQ4_NL stand for: steps that are finer around 0.
  private static let steps: [Float] = [
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113,
  ]
}

private struct Block {
  let bytes: ArraySlice<UInt8>

  subscript(_ place: Int) -> Int { Int(bytes[bytes.startIndex + place]) }

  func half(_ place: Int) -> Float {
    Float(Half(bits: UInt16(self[place]) | UInt16(self[place + 1]) << 8).asDouble)
  }

  func signed(_ place: Int) -> Float { Float(Int8(truncatingIfNeeded: self[place])) }

  /// 32 numbers of 4 bits: the first half in the lower halves of 16 bytes.
  func nibbles(_ place: Int) -> [Int] {
    (0..<32).map { self[place + $0 % 16] >> ($0 < 16 ? 0 : 4) & 15 }
  }

  /// The same with a fifth bit each.
  func fiveBits(high: Int, low: Int) -> [Int] {
    nibbles(low).enumerated().map { index, number in
      number | (self[high + index / 8] >> (index % 8) & 1) << 4
    }
  }

  /// Q2_K: 16 scales and offsets of 4 bits, 256 numbers of 2, their scale and that of the offsets.
  func twoBits() -> [Float] {
    (0..<256).map { index in
      let steps = self[index / 16]
      let number = self[16 + index / 128 * 32 + index % 32] >> (index % 128 / 32 * 2) & 3
      return half(80) * Float(steps & 15) * Float(number) - half(82) * Float(steps >> 4)
    }
  }

  /// Q3_K: 256 third bits, numbers of 2 bits, and 16 scales of 6 bits.
  func threeBits() -> [Float] {
    let scales = (0..<16).map { index in
      let low = self[96 + index % 8] >> (index < 8 ? 0 : 4) & 15
      return (low | (self[104 + index % 4] >> (index / 4 * 2) & 3) << 4) - 32
    }
    return (0..<256).map { index in
      let low = self[32 + index / 128 * 32 + index % 32] >> (index % 128 / 32 * 2) & 3
      let isHigh = self[index % 32] >> (index / 32) & 1 == 1
      return half(108) * Float(scales[index / 16]) * Float(isHigh ? low : low - 4)
    }
  }

  /// Q4_K, and Q5_K with fifth bits: 8 scales and offsets of 6 bits, and what they are multiplied with.
  func fourBits(low: Int, high: Int?) -> [Float] {
    let steps = (0..<8).map { index -> (scale: Float, offset: Float) in
      let (a, b, c) = (self[4 + index % 4], self[8 + index % 4], self[12 + index % 4])
      let (scale, offset) =
        index < 4 ? (a & 63, b & 63) : (c & 15 | (a >> 6) << 4, c >> 4 | (b >> 6) << 4)
      return (half(0) * Float(scale), half(2) * Float(offset))
    }
    return (0..<256).map { index in
      let part = index / 32
      var number = self[low + part / 2 * 32 + index % 32] >> (part % 2 * 4) & 15
      if let high { number |= (self[high + index % 32] >> part & 1) << 4 }
      return steps[part].scale * Float(number) - steps[part].offset
    }
  }

  /// Q6_K: lower 4 bits, upper 2, and 16 scales of 8 bits.
  func sixBits() -> [Float] {
    (0..<256).map { index in
      let (half128, quarter, place) = (index / 128, index % 128 / 32, index % 32)
      let low = self[half128 * 64 + quarter % 2 * 32 + place] >> (quarter / 2 * 4) & 15
      let high = self[128 + half128 * 32 + place] >> (quarter * 2) & 3
      return half(208) * signed(192 + index / 16) * Float((low | high << 4) - 32)
    }
  }
}
