import CPNG
import LeptonValues

/// Portable Network Graphics, through libpng's simplified interface: every kind of PNG becomes
/// 8-bit grey or RGB; transparency is laid on white.
package enum PNG {
  package static func decode(
    _ bytes: [UInt8], colour: DataOptions.Colour?, name: String
  ) throws -> Image {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    return try bytes.withUnsafeBytes { source in
      guard png_image_begin_read_from_memory(&image, source.baseAddress, source.count) != 0 else {
        throw failure(image, name)
      }
      let (width, height) = (Int(image.width), Int(image.height))
      try Image.check(width: width, height: height, name: name)
      let isColour = colour.map { $0 == .rgb } ?? (image.format & colourFlag != 0)
      image.format = isColour ? colourFlag : 0
      let channels = isColour ? 3 : 1
      var pixels = [UInt8](repeating: 255, count: width * height * channels)
      guard png_image_finish_read(&image, nil, &pixels, 0, nil) != 0 else {
        throw failure(image, name)
      }
      return Image(width: width, height: height, channels: channels, pixels: pixels)
    }
  }

  /// `image` as an 8-bit PNG file.
  package static func encode(_ source: Image) throws -> [UInt8] {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(source.width)
    image.height = png_uint_32(source.height)
    image.format = source.channels == 3 ? colourFlag : 0
    defer { png_image_free(&image) }
    var size = 0
    guard png_image_write_to_memory(&image, nil, &size, 0, source.pixels, 0, nil) != 0 else {
      throw failure(image, "PNG")
    }
    var bytes = [UInt8](repeating: 0, count: size)
    guard png_image_write_to_memory(&image, &bytes, &size, 0, source.pixels, 0, nil) != 0 else {
      throw failure(image, "PNG")
    }
    return Array(bytes.prefix(size))
  }

  /// `PNG_FORMAT_RGB`; 0 is `PNG_FORMAT_GRAY`.
  private static let colourFlag = png_uint_32(PNG_FORMAT_FLAG_COLOR)

  private static func failure(_ image: png_image, _ name: String) -> LeptonError {
    let message = withUnsafeBytes(of: image.message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return LeptonError(
      .badInput, "the PNG cannot be decoded: \(message)", at: name, fix: "fetch the file again")
  }
}
