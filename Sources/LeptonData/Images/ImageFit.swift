import LeptonValues

/// How an image of any size becomes one of the size that a model takes.
public struct ImageFit: Sendable, Hashable, Codable {
  public enum Shape: String, Sendable, Hashable, Codable, CaseIterable {
    /// Stretched, whatever its proportions.
    case stretch
    /// As large as goes in, its proportions kept, in the middle of grey (114).
    case letterbox
  }

  /// How pixels are interpolated.
  public enum Sampling: String, Sendable, Hashable, Codable, CaseIterable {
    /// On shrinking, over all pixels that one covers, as Pillow and torchvision do.
    case antialiased
    /// Between the two nearest pixels of each axis, as OpenCV does (`INTER_LINEAR`).
    case bilinear
  }

  public var shape: Shape
  public var sampling: Sampling

  public init(_ shape: Shape = .stretch, sampling: Sampling = .antialiased) {
    (self.shape, self.sampling) = (shape, sampling)
  }

  /// Of the brightness around letterboxed images.
  private static let margin: UInt8 = 114

  /// Where the pixels of an image are in the one that was made of it: `scale * position + offset`.
  package struct Placement: Sendable, Hashable {
    package let scale: SIMD2<Float>
    package let offset: SIMD2<Float>

    package init(scale: SIMD2<Float>, offset: SIMD2<Float>) {
      (self.scale, self.offset) = (scale, offset)
    }
  }

  package func placement(
    of image: (width: Int, height: Int), height: Int, width: Int
  ) -> Placement {
    let room = SIMD2(Float(width) / Float(image.width), Float(height) / Float(image.height))
    guard shape == .letterbox else { return Placement(scale: room, offset: .zero) }
    let inner = inner(of: image, height: height, width: width)
    return Placement(
      scale: SIMD2(repeating: room.min()), offset: SIMD2(Float(inner.left), Float(inner.top)))
  }

  /// The image at a new size.
  package func applied(to image: Image, height: Int, width: Int) -> Image {
    guard shape == .letterbox else {
      return resized(image, height: height, width: width)
    }
    let inner = inner(of: (image.width, image.height), height: height, width: width)
    let small = resized(image, height: inner.height, width: inner.width)
    let rowCount = width * image.channels
    var pixels = [UInt8](repeating: Self.margin, count: height * rowCount)
    let innerCount = inner.width * image.channels
    for row in 0..<inner.height {
      let target = (inner.top + row) * rowCount + inner.left * image.channels
      pixels.replaceSubrange(
        target..<(target + innerCount),
        with: small.pixels[(row * innerCount)..<((row + 1) * innerCount)])
    }
    return Image(width: width, height: height, channels: image.channels, pixels: pixels)
  }

  private func resized(_ image: Image, height: Int, width: Int) -> Image {
    switch sampling {
    case .antialiased: image.resized(height: height, width: width)
    case .bilinear: image.interpolated(height: height, width: width)
    }
  }

  /// The place of a letterboxed image; an odd pixel of margin is below and to the right.
  private func inner(
    of image: (width: Int, height: Int), height: Int, width: Int
  ) -> (left: Int, top: Int, width: Int, height: Int) {
    let scale = min(
      Double(width) / Double(image.width), Double(height) / Double(image.height))
    func scaled(_ extent: Int, _ most: Int) -> Int {
      min(most, max(1, Int((Double(extent) * scale).rounded(.toNearestOrEven))))
    }
    let (innerWidth, innerHeight) = (scaled(image.width, width), scaled(image.height, height))
    return ((width - innerWidth) / 2, (height - innerHeight) / 2, innerWidth, innerHeight)
  }
}

extension ImageFit {
  private static let shapeKey = "fit"
  private static let samplingKey = "resize"

  /// As a model's facts have it; what they do not say is as it is by default.
  ///
  /// - Throws: `LeptonError` of kind `badInput` for a word that is none of those.
  public init(facts: [String: String], at place: String = "") throws {
    func word<Word: RawRepresentable & CaseIterable>(
      _ key: String, _ fallback: Word
    ) throws -> Word where Word.RawValue == String {
      guard let text = facts[key] else { return fallback }
      guard let word = Word(rawValue: text) else {
        throw LeptonError(
          .badInput, "preprocessing \(key) is '\(text)'", at: place,
          fix: "it is one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      return word
    }
    self.init(
      try word(Self.shapeKey, .stretch), sampling: try word(Self.samplingKey, .antialiased))
  }

  /// Its entries among a model's facts.
  public var facts: [String: String] {
    [Self.shapeKey: shape.rawValue, Self.samplingKey: sampling.rawValue]
  }
}
