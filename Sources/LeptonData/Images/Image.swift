public import LeptonValues

/// A decoded image: `channels` bytes for each pixel, row by row from the top.
public struct Image: Sendable, Hashable {
  public let width: Int
  public let height: Int
  /// 1 (grey) or 3 (red, green, blue).
  public let channels: Int
  /// `height * width * channels` bytes, the channels of a pixel side by side.
  public let pixels: [UInt8]

  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    precondition(pixels.count == width * height * channels, "pixels do not fill the image")
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// The PNG or JPEG in the file at `path`, known by its first bytes.
  ///
  /// - Parameter colour: nil keeps what the file has.
  /// - Throws: `LeptonError`: `io`, or `badInput` where it is neither or is damaged.
  public static func read(_ path: String, colour: DataOptions.Colour? = nil) throws -> Image {
    try decode(try FileBytes.read(path), colour: colour, name: path)
  }

  /// The PNG or JPEG in `bytes`; a JPEG that says how the camera was held is turned upright.
  public static func decode(
    _ bytes: [UInt8], colour: DataOptions.Colour? = nil, name: String = "image"
  ) throws -> Image {
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) {
      return try PNG.decode(bytes, colour: colour, name: name)
    }
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      return try JPEG.decode(bytes, colour: colour, name: name)
        .turned(upright: Orientation(ofJPEG: bytes))
    }
    throw LeptonError(
      .badInput, bytes.isEmpty ? "the file is empty" : "this is neither PNG nor JPEG", at: name,
      fix: "convert it to PNG or JPEG")
  }

  /// `u8[C, H, W]`: the channels one after the other, as models take them.
  public var tensor: TensorData {
    TensorData(planarPixels, shape: [channels, height, width])
  }

  /// The image of such a tensor, of one channel or three.
  package init(planar tensor: TensorData) {
    let (channels, height, width) = (tensor.shape[0], tensor.shape[1], tensor.shape[2])
    let planar = tensor.array(of: UInt8.self)
    let plane = height * width
    self.init(
      width: width, height: height, channels: channels,
      pixels: planar.indices.map { planar[$0 % channels * plane + $0 / channels] })
  }

  /// The bytes of `tensor`.
  var planarPixels: [UInt8] {
    if channels == 1 { return pixels }
    var planar = [UInt8](repeating: 0, count: pixels.count)
    let plane = width * height
    for channel in 0..<channels {
      for pixel in 0..<plane {
        planar[channel * plane + pixel] = pixels[pixel * channels + channel]
      }
    }
    return planar
  }

  /// More pixels than this are refused: 2^26, some 200 MB decoded.
  static let mostPixels = 1 << 26

  static func check(width: Int, height: Int, name: String) throws {
    guard width > 0, height > 0, width <= mostPixels / height else {
      throw LeptonError(
        .badInput, "the image claims \(width) x \(height) pixels", at: name,
        fix: "use images of at most \(mostPixels) pixels")
    }
  }
}
