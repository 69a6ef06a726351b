import CTurboJPEG
import LeptonValues

/// JPEG, through libjpeg-turbo's TurboJPEG interface of version 2 (which version 3 keeps).
package enum JPEG {
  package static func decode(
    _ bytes: [UInt8], colour: DataOptions.Colour?, name: String
  ) throws -> Image {
    guard let handle = tjInitDecompress() else {
      throw LeptonError(.infeasible, "TurboJPEG has no memory to decompress", at: name)
    }
    defer { tjDestroy(handle) }
    var (width, height, subsampling, space): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    let count = UInt(bytes.count)
    guard
      tjDecompressHeader3(handle, bytes, count, &width, &height, &subsampling, &space) == 0
    else { throw failure(handle, name) }
    try Image.check(width: Int(width), height: Int(height), name: name)
    if space == Int32(TJCS_CMYK.rawValue) || space == Int32(TJCS_YCCK.rawValue) {
      throw LeptonError(
        .badInput, "the JPEG is in print colours (CMYK)", at: name, fix: "convert it to RGB")
    }
    let isColour = colour.map { $0 == .rgb } ?? (space != Int32(TJCS_GRAY.rawValue))
    let channels = isColour ? 3 : 1
    var pixels = [UInt8](repeating: 0, count: Int(width) * Int(height) * channels)
    let format = Int32((isColour ? TJPF_RGB : TJPF_GRAY).rawValue)
    // A progressive file may repeat scans without end.
    let flags = TJFLAG_LIMITSCANS
    let status = tjDecompress2(handle, bytes, count, &pixels, width, 0, height, format, flags)
    // Warnings tell of oddities that leave the image whole, except that of a file cut short.
    if status != 0, tjGetErrorCode(handle) != TJERR_WARNING.rawValue || isCutShort(handle) {
      throw failure(handle, name)
    }
    return Image(width: Int(width), height: Int(height), channels: channels, pixels: pixels)
  }

  /// `image` as a JPEG file of `quality` 1...100.
  package static func encode(_ image: Image, quality: Int = 95) throws -> [UInt8] {
    guard let handle = tjInitCompress() else {
      throw LeptonError(.infeasible, "TurboJPEG has no memory to compress", at: "JPEG")
    }
    defer { tjDestroy(handle) }
    var output: UnsafeMutablePointer<UInt8>?
    var size: UInt = 0
    defer { tjFree(output) }
    let isColour = image.channels == 3
    let status = tjCompress2(
      handle, image.pixels, Int32(image.width), 0, Int32(image.height),
      Int32((isColour ? TJPF_RGB : TJPF_GRAY).rawValue), &output, &size,
      Int32((isColour ? TJSAMP_444 : TJSAMP_GRAY).rawValue), Int32(quality), 0)
    guard status == 0 else { throw failure(handle, "JPEG") }
    return Array(UnsafeBufferPointer(start: output, count: Int(size)))
  }

  private static func message(_ handle: tjhandle) -> String {
    tjGetErrorStr2(handle).map { String(cString: $0) } ?? "unknown reason"
  }

  private static func isCutShort(_ handle: tjhandle) -> Bool {
    message(handle).contains("Premature end")
  }

  private static func failure(_ handle: tjhandle, _ name: String) -> LeptonError {
    LeptonError(
      .badInput, "the JPEG cannot be decoded: \(message(handle))", at: name,
      fix: "fetch the file again")
  }
}
