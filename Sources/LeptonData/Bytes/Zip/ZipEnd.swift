import LeptonValues

/// The record at the end of a zip archive: where its directory lies.
struct ZipEnd {
  let entryCount: Int
  let directory: Range<Int>

  init(_ source: ByteSource) throws {
    // The record is 22 bytes and a comment of up to 65,535; before it may stand the locator of a ZIP64 record.
    let start = max(0, source.count - 22 - 65_535 - 20)
    let tail = try source.bytes(start..<source.count)
    guard tail.count >= 22,
      let end = stride(from: tail.count - 22, through: 0, by: -1)
        .first(where: { tail.number(at: $0, width: 4) == 0x0605_4B50 }),
      var count = tail.number(at: end + 10, width: 2),
      var size = tail.number(at: end + 12, width: 4),
      var offset = tail.number(at: end + 16, width: 4)
    else {
      throw ZipArchive.damaged("it has no directory at its end", source, source.count)
    }
    var limit = start + end
    if count == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF,
      tail.number(at: end - 20, width: 4) == 0x0706_4B50
    {
      guard let place = tail.number(at: end - 12, width: 8), place <= limit - 20 - 56,
        case let record = try source.bytes(place..<(place + 56)),
        record.number(at: 0, width: 4) == 0x0606_4B50,
        let wideCount = record.number(at: 32, width: 8),
        let wideSize = record.number(at: 40, width: 8),
        let wideOffset = record.number(at: 48, width: 8)
      else {
        throw ZipArchive.damaged("its ZIP64 record is not where it is said to be", source, limit)
      }
      (count, size, offset, limit) = (wideCount, wideSize, wideOffset, place)
    }
    guard offset <= limit, size <= limit - offset, count <= size / 46 else {
      throw ZipArchive.damaged(
        "a directory of \(size) bytes and \(count) entries at byte \(offset) does not fit", source,
        start + end)
    }
    entryCount = count
    directory = offset..<(offset + size)
  }
}
