import LeptonValues

/// How a camera was held, as its JPEG files say: EXIF's tag 0x0112, 1 to 8.
///
/// Source: CIPA DC-008 (Exif 2.32), table 4 and annex.
package enum Orientation: Int {
  case upright = 1
  case mirrored, upsideDown, upsideDownMirrored, transposed, turnedLeft, transversed, turnedRight

  /// That of a JPEG file; upright where it says nothing, or nothing that has a meaning.
  package init(ofJPEG bytes: [UInt8]) {
    self = Self.exif(in: bytes).flatMap { Self.tag(in: $0) }.flatMap(Self.init) ?? .upright
  }

  /// The TIFF structure in the segment APP1; segments stand between the start and the first scan.
  private static func exif(in bytes: [UInt8]) -> ArraySlice<UInt8>? {
    var index = 2
    while index + 4 <= bytes.count, bytes[index] == 0xFF {
      let marker = bytes[index + 1]
      if marker == 0xFF {
        index += 1
        continue
      }
      if marker == 0xDA || marker == 0xD9 { return nil }
      let length = Int(bytes[index + 2]) << 8 | Int(bytes[index + 3])
      let end = index + 2 + length
      guard length >= 2, end <= bytes.count else { return nil }
      let content = bytes[(index + 4)..<max(index + 4, end)]
      let mark: [UInt8] = [0x45, 0x78, 0x69, 0x66, 0, 0]
      if marker == 0xE1, content.starts(with: mark) { return content.dropFirst(mark.count) }
      index = end
    }
    return nil
  }

  private static func tag(in tiff: ArraySlice<UInt8>) -> Int? {
    let isLittle = tiff.starts(with: [0x49, 0x49])
    guard isLittle || tiff.starts(with: [0x4D, 0x4D]) else { return nil }
    func number(at offset: Int, width: Int) -> Int? {
      guard offset >= 0, offset <= tiff.count - width else { return nil }
      let start = tiff.startIndex + offset
      let bytes = tiff[start..<(start + width)]
      return (isLittle ? Array(bytes.reversed()) : Array(bytes)).reduce(0) { $0 << 8 | Int($1) }
    }
    guard let first = number(at: 4, width: 4), let count = number(at: first, width: 2) else {
      return nil
    }
    for entry in 0..<count {
      let place = first + 2 + 12 * entry
      guard let tag = number(at: place, width: 2) else { return nil }
      if tag == 0x0112 { return number(at: place + 8, width: 2) }
    }
    return nil
  }
}

extension Image {
  /// The image as it was seen by who held the camera.
  package func turned(upright orientation: Orientation) -> Image {
    if orientation == .upright { return self }
    let swapsSides = orientation.rawValue >= 5
    let (newWidth, newHeight) = swapsSides ? (height, width) : (width, height)
    var result = [UInt8](repeating: 0, count: pixels.count)
    for y in 0..<newHeight {
      for x in 0..<newWidth {
        let (fromX, fromY): (Int, Int) =
          switch orientation {
          case .upright: (x, y)
          case .mirrored: (width - 1 - x, y)
          case .upsideDown: (width - 1 - x, height - 1 - y)
          case .upsideDownMirrored: (x, height - 1 - y)
          case .transposed: (y, x)
          case .turnedLeft: (y, height - 1 - x)
          case .transversed: (width - 1 - y, height - 1 - x)
          case .turnedRight: (width - 1 - y, x)
          }
        for channel in 0..<channels {
          result[(y * newWidth + x) * channels + channel] =
            pixels[(fromY * width + fromX) * channels + channel]
        }
      }
    }
    return Image(width: newWidth, height: newHeight, channels: channels, pixels: result)
  }
}
