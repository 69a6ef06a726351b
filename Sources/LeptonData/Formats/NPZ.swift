public import LeptonValues

/// Several named arrays in one zip archive of `.npy` files, as `numpy.savez` and
/// `numpy.savez_compressed` write it.
///
/// Source: PKWARE's APPNOTE 6.3; stored and deflated entries, ZIP64 sizes for large arrays.
public enum NPZ {
  /// The arrays in the file at `path`, by name without `.npy`.
  ///
  /// - Throws: `LeptonError`: `io`, or `badInput` where the archive or an array is damaged.
  public static func read(_ path: String) throws -> [String: TensorData] {
    try decode(try FileBytes.read(path), name: path)
  }

  package static func decode(_ bytes: [UInt8], name: String) throws -> [String: TensorData] {
    var arrays: [String: TensorData] = [:]
    for entry in try ZipDirectory(bytes, name: name).entries where entry.name.hasSuffix(".npy") {
      let place = "\(name), \(entry.name)"
      arrays[String(entry.name.dropLast(4))] =
        try NPY.decode(try entry.contents(of: bytes, place: place), name: place)
    }
    return arrays
  }
}

/// The list at the end of a zip archive.
private struct ZipDirectory {
  var entries: [ZipEntry] = []

  init(_ bytes: [UInt8], name: String) throws {
    let damaged = LeptonError(
      .badInput, "the zip archive has no whole directory at its end", at: name,
      fix: "fetch the file again: it is cut short or no archive")
    // The end record is 22 bytes and a comment of up to 65,535.
    let earliest = max(0, bytes.count - 22 - 65_535)
    guard bytes.count >= 22,
      let end = stride(from: bytes.count - 22, through: earliest, by: -1)
        .first(where: { bytes.number(at: $0, width: 4) == 0x0605_4B50 }),
      let count = bytes.number(at: end + 10, width: 2),
      var offset = bytes.number(at: end + 16, width: 4)
    else { throw damaged }
    for _ in 0..<count {
      guard bytes.number(at: offset, width: 4) == 0x0201_4B50,
        let flags = bytes.number(at: offset + 8, width: 2),
        let method = bytes.number(at: offset + 10, width: 2),
        let checksum = bytes.number(at: offset + 16, width: 4),
        let packed = bytes.number(at: offset + 20, width: 4),
        let unpacked = bytes.number(at: offset + 24, width: 4),
        let nameCount = bytes.number(at: offset + 28, width: 2),
        let extraCount = bytes.number(at: offset + 30, width: 2),
        let commentCount = bytes.number(at: offset + 32, width: 2),
        let header = bytes.number(at: offset + 42, width: 4),
        offset + 46 + nameCount + extraCount <= bytes.count
      else { throw damaged }
      let nameEnd = offset + 46 + nameCount
      let entryName = String(decoding: bytes[(offset + 46)..<nameEnd], as: UTF8.self)
      guard flags & 1 == 0 else {
        throw LeptonError(
          .badInput, "\(entryName) is encrypted", at: name, fix: "save it without a password")
      }
      var entry = ZipEntry(
        name: entryName, method: method, checksum: checksum, packedCount: packed,
        unpackedCount: unpacked, headerOffset: header)
      guard entry.widen(by: bytes, extra: nameEnd..<(nameEnd + extraCount)) else { throw damaged }
      entries.append(entry)
      offset = nameEnd + extraCount + commentCount
    }
  }
}

private struct ZipEntry {
  var name: String
  var method: Int
  var checksum: Int
  var packedCount: Int
  var unpackedCount: Int
  var headerOffset: Int

  /// Takes 64-bit sizes from the extra field where the 32-bit ones are full; false if they lack.
  mutating func widen(by bytes: [UInt8], extra: Range<Int>) -> Bool {
    let full = 0xFFFF_FFFF
    guard packedCount == full || unpackedCount == full || headerOffset == full else { return true }
    var offset = extra.lowerBound
    while let id = bytes.number(at: offset, width: 2), offset + 4 <= extra.upperBound,
      let count = bytes.number(at: offset + 2, width: 2)
    {
      offset += 4
      guard id == 1 else {
        offset += count
        continue
      }
      for field in [\ZipEntry.unpackedCount, \.packedCount, \.headerOffset]
      where self[keyPath: field] == full {
        guard let wide = bytes.number(at: offset, width: 8) else { return false }
        self[keyPath: field] = wide
        offset += 8
      }
      return true
    }
    return false
  }

  func contents(of bytes: [UInt8], place: String) throws -> ArraySlice<UInt8> {
    func refuse(_ what: String, fix: String = "fetch the file again") -> LeptonError {
      LeptonError(.badInput, what, at: place, fix: fix)
    }
    guard bytes.number(at: headerOffset, width: 4) == 0x0403_4B50,
      let nameCount = bytes.number(at: headerOffset + 26, width: 2),
      let extraCount = bytes.number(at: headerOffset + 28, width: 2),
      packedCount <= bytes.count - (headerOffset + 30 + nameCount + extraCount)
    else { throw refuse("the entry's data are not where the directory says") }
    let start = headerOffset + 30 + nameCount + extraCount
    let packed = bytes[start..<(start + packedCount)]
    let contents: ArraySlice<UInt8>
    switch method {
    case 0: contents = packed
    case 8:
      contents = try Gzip.inflate(
        packed, wrapping: .raw, limit: unpackedCount, name: place
      ).bytes[...]
    default:
      throw refuse(
        "compression method \(method) is not supported", fix: "save it with numpy.savez_compressed")
    }
    guard contents.count == unpackedCount else {
      throw refuse("the entry has \(contents.count) bytes, the directory says \(unpackedCount)")
    }
    guard Gzip.checksum(contents) == checksum else { throw refuse("the checksum does not match") }
    return contents
  }
}

extension [UInt8] {
  /// The little-endian number of `width` bytes at `offset`; nil outside, or past `Int.max`.
  fileprivate func number(at offset: Int, width: Int) -> Int? {
    guard offset >= 0, offset <= count - width else { return nil }
    var value: UInt64 = 0
    for byte in self[offset..<(offset + width)].reversed() { value = value << 8 | UInt64(byte) }
    return Int(exactly: value)
  }
}
