/// How large a PNG or JPEG claims to be, read from its first bytes without decoding it: an image of a few kilobytes can
/// claim gigabytes.
package enum ImageHeader {
  /// Nil where there is no such claim, which the decoder will then say.
  package static func size(of bytes: [UInt8]) -> (width: Int, height: Int)? {
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
      guard bytes.count >= 24 else { return nil }
      return (number(bytes[16..<20]), number(bytes[20..<24]))
    }
    guard bytes.starts(with: [0xFF, 0xD8]) else { return nil }
    var place = 2
    while place + 9 <= bytes.count, bytes[place] == 0xFF {
      let marker = bytes[place + 1]
      if marker == 0xFF {
        place += 1
        continue
      }
      // Frames of every kind, which C4, C8 and CC are not.
      if 0xC0...0xCF ~= marker, ![0xC4, 0xC8, 0xCC].contains(marker) {
        return (
          number(bytes[(place + 7)..<(place + 9)]), number(bytes[(place + 5)..<(place + 7)])
        )
      }
      place += 2 + max(2, number(bytes[(place + 2)..<(place + 4)]))
    }
    return nil
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.reduce(0) { $0 << 8 | Int($1) }
  }
}
