import LeptonValues

/// Random changes of training images that keep their class.
///
/// What an image gets follows from (seed, epoch, row) alone: neither the batch size nor the place
/// in the batch matters.
public struct Augmentation: Sendable, Hashable, Codable {
  /// The image moves by up to this many pixels in each direction; what enters is 0.
  public var shift: Int
  /// Half of the images are mirrored left to right.
  public var flip: Bool

  public init(shift: Int = 0, flip: Bool = false) {
    self.shift = shift
    self.flip = flip
  }

  /// Changes rows of `images`, a `[N, C, H, W]`; row `i` came from row `rows[i]` of the data set.
  func apply(to images: inout TensorData, rows: [Int], seed: UInt64, epoch: Int) {
    let (height, width) = (images.shape[2], images.shape[3])
    let plane = PlaneGeometry(height: height, width: width, elementBytes: images.dtype.byteCount)
    let planesPerImage = images.shape[1]
    var scratch = [UInt8](repeating: 0, count: plane.byteCount)
    images.withUnsafeMutableBytes { bytes in
      for (slot, row) in rows.enumerated() {
        var generator = SeededGenerator(seed: seed, stream: Self.stream, epoch, row)
        let dy = generator.below(2 * shift + 1) - shift
        let dx = generator.below(2 * shift + 1) - shift
        let isFlipped = flip && generator.below(2) == 1
        for channel in 0..<planesPerImage {
          let start = (slot * planesPerImage + channel) * plane.byteCount
          let target = UnsafeMutableRawBufferPointer(
            rebasing: bytes[start..<(start + plane.byteCount)])
          if dx != 0 || dy != 0 { plane.shift(target, dy: dy, dx: dx, scratch: &scratch) }
          if isFlipped { plane.flip(target) }
        }
      }
    }
  }

  /// Sets these draws apart from those of the shuffle.
  private static let stream = 0x617567
}

/// One channel of an image in memory.
private struct PlaneGeometry {
  let height: Int
  let width: Int
  let elementBytes: Int

  var rowBytes: Int { width * elementBytes }
  var byteCount: Int { height * rowBytes }

  func shift(_ plane: UnsafeMutableRawBufferPointer, dy: Int, dx: Int, scratch: inout [UInt8]) {
    let columns = width - abs(dx)
    scratch.withUnsafeMutableBytes { source in
      source.copyMemory(from: UnsafeRawBufferPointer(plane))
      plane.initializeMemory(as: UInt8.self, repeating: 0)
      guard columns > 0 else { return }
      for y in 0..<height where (0..<height).contains(y - dy) {
        let from = (y - dy) * rowBytes + max(0, -dx) * elementBytes
        let to = y * rowBytes + max(0, dx) * elementBytes
        let count = columns * elementBytes
        UnsafeMutableRawBufferPointer(rebasing: plane[to..<(to + count)])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[from..<(from + count)]))
      }
    }
  }

  func flip(_ plane: UnsafeMutableRawBufferPointer) {
    for y in 0..<height {
      for x in 0..<(width / 2) {
        for byte in 0..<elementBytes {
          plane.swapAt(
            y * rowBytes + x * elementBytes + byte,
            y * rowBytes + (width - 1 - x) * elementBytes + byte)
        }
      }
    }
  }
}
