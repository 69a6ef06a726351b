import LeptonData
import LeptonValues

/// A class and another that examples of it were taken for, with the examples of which the model was surest.
public struct ConfusedPair: Sendable, Hashable, Codable {
  /// One of them.
  public struct Example: Sendable, Hashable, Codable {
    /// Its place in the part of the data, from 0.
    public var row: Int
    /// The probability of the wrong decision.
    public var confidence: Double
    /// A PNG file of it; nil where examples are no images. Not part of the JSON.
    var picture: [UInt8]?

    enum CodingKeys: CodingKey { case row, confidence }
  }

  public var label: String
  public var decision: String
  /// How often.
  public var count: Int
  public var examples: [Example]

  /// No picture is wider or higher.
  static let mostPixels = 96

  /// - Parameters:
  ///   - pairs: how many, most often confused first.
  ///   - examples: how many of each at most.
  static func most(
    in predictions: Predictions, _ report: ClassificationReport, of data: Dataset, pairs: Int = 6,
    examples: Int = 10
  ) throws -> [ConfusedPair] {
    try report.mostConfused(pairs).map { pair in
      let rows = (0..<predictions.count).filter {
        predictions.labels[$0] == pair.label && predictions.decisions[$0] == pair.decision
      }
      let surest = rows.sorted { predictions.confidence($0) > predictions.confidence($1) }
      return ConfusedPair(
        label: predictions.classes[pair.label], decision: predictions.classes[pair.decision],
        count: pair.count,
        examples: try surest.prefix(examples).map { row in
          Example(
            row: row, confidence: predictions.confidence(row), picture: try data.picture(of: row))
        })
    }
  }
}

extension Dataset {
  /// A PNG file of an image, small enough for a page; nil for rows of a table.
  func picture(of row: Int) throws -> [UInt8]? {
    guard kind == .image, features.dtype == .u8 else { return nil }
    let image = Image(planar: example(at: row).features)
    let largest = max(image.width, image.height)
    guard largest > ConfusedPair.mostPixels else { return try PNG.encode(image) }
    func scaled(_ extent: Int) -> Int { max(1, extent * ConfusedPair.mostPixels / largest) }
    return try PNG.encode(
      image.resized(height: scaled(image.height), width: scaled(image.width)))
  }
}

extension Image {
  /// `u8[C, H, W]`, of one channel or three.
  fileprivate init(planar tensor: TensorData) {
    let (channels, height, width) = (tensor.shape[0], tensor.shape[1], tensor.shape[2])
    let (bytes, plane) = (tensor.array(of: UInt8.self), height * width)
    // Anything else than three channels shows its first.
    let shown = channels == 3 ? 3 : 1
    var pixels = [UInt8](repeating: 0, count: plane * shown)
    for channel in 0..<shown {
      for pixel in 0..<plane { pixels[pixel * shown + channel] = bytes[channel * plane + pixel] }
    }
    self.init(width: width, height: height, channels: shown, pixels: pixels)
  }
}
