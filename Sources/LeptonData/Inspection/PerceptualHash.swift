import LeptonValues

/// How an image looks, in 256 bits: whether each of 16 x 16 places is darker than its right neighbour. Pictures that were
/// scaled, recompressed or brightened differ in a few bits.
///
/// Source: the difference hash of N. Krawetz, "Kind of Like That", 2013, at 16 x 16.
struct PerceptualHash: Hashable, Sendable {
  private var words: [UInt64]

  static let side = 16

  /// - Parameter image: with one channel or three.
  init(of image: Image) {
    let small = image.resized(height: Self.side, width: Self.side + 1)
    func brightness(_ x: Int, _ y: Int) -> Int {
      let start = (y * small.width + x) * small.channels
      return small.pixels[start..<(start + small.channels)].reduce(0) { $0 + Int($1) }
    }
    words = [0, 0, 0, 0]
    for y in 0..<Self.side {
      for x in 0..<Self.side where brightness(x, y) < brightness(x + 1, y) {
        let bit = y * Self.side + x
        words[bit / 64] |= 1 << UInt64(bit % 64)
      }
    }
  }

  func distance(to other: PerceptualHash) -> Int {
    zip(words, other.words).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount }
  }

  /// Eight pieces: hashes that differ in fewer than eight bits have one in common.
  var bands: [UInt32] {
    words.flatMap { [UInt32(truncatingIfNeeded: $0), UInt32(truncatingIfNeeded: $0 >> 32)] }
  }

  /// Whether there is so little to see that many pictures would seem alike.
  var isPlain: Bool { words.reduce(0) { $0 + $1.nonzeroBitCount } < 24 }
}

/// Images that look alike, though they are not the same byte for byte.
public struct LookAlikes: Sendable, Hashable {
  /// An example of the looked-at part, and one of the other that looks like it.
  public struct Pair: Sendable, Hashable {
    public var row: Int
    public var other: Int
  }

  public var pairs: [Pair] = []

  /// Most bits in which hashes of pictures that look alike differ.
  static let mostBits = 4

  /// The images of `data` for which `other` has one that looks like it; none for tables.
  public init(of data: Dataset, in other: Dataset) {
    guard data.kind == .image, other.kind == .image else { return }
    let known = Self.hashes(of: other)
    var places: [[UInt32: [Int]]] = Array(repeating: [:], count: 8)
    for (row, hash) in known.enumerated() where !hash.isPlain {
      for (band, value) in hash.bands.enumerated() where value != 0 && value != .max {
        places[band][value, default: []].append(row)
      }
    }
    for (row, hash) in Self.hashes(of: data).enumerated() where !hash.isPlain {
      if let other = Self.match(hash, places, known) { pairs.append(Pair(row: row, other: other)) }
    }
  }

  private static func match(
    _ hash: PerceptualHash, _ places: [[UInt32: [Int]]], _ known: [PerceptualHash]
  ) -> Int? {
    for (band, value) in hash.bands.enumerated() {
      // What very many pictures have in common says nothing.
      guard let rows = places[band][value], rows.count <= 256 else { continue }
      if let found = rows.first(where: { known[$0].distance(to: hash) <= mostBits }) {
        return found
      }
    }
    return nil
  }

  private static func hashes(of data: Dataset) -> [PerceptualHash] {
    let (channels, height, width) = (
      data.features.shape[1], data.features.shape[2], data.features.shape[3]
    )
    let plane = height * width
    return data.features.withUnsafeBytes { bytes in
      (0..<data.count).map { row in
        var grey = [UInt8](repeating: 0, count: plane)
        for pixel in 0..<plane {
          var sum = 0
          for channel in 0..<channels {
            sum += Int(bytes[(row * channels + channel) * plane + pixel])
          }
          grey[pixel] = UInt8(sum / channels)
        }
        return PerceptualHash(of: Image(width: width, height: height, channels: 1, pixels: grey))
      }
    }
  }
}
