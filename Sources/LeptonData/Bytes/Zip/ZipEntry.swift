import LeptonValues

/// A line of a zip archive's directory.
package struct ZipEntry: Sendable {
  package let name: String
  /// 0 stored, 8 deflated.
  package let method: Int
  package let checksum: Int
  package private(set) var packedCount: Int
  package private(set) var unpackedCount: Int
  package private(set) var headerOffset: Int
  let isEncrypted: Bool
  let isLink: Bool

  /// The entry at `offset`, which moves behind it; nil where it is damaged.
  init?(_ directory: [UInt8], _ offset: inout Int) {
    guard directory.number(at: offset, width: 4) == 0x0201_4B50,
      let system = directory.number(at: offset + 5, width: 1),
      let flags = directory.number(at: offset + 8, width: 2),
      let method = directory.number(at: offset + 10, width: 2),
      let checksum = directory.number(at: offset + 16, width: 4),
      let packed = directory.number(at: offset + 20, width: 4),
      let unpacked = directory.number(at: offset + 24, width: 4),
      let nameCount = directory.number(at: offset + 28, width: 2),
      let extraCount = directory.number(at: offset + 30, width: 2),
      let commentCount = directory.number(at: offset + 32, width: 2),
      let attributes = directory.number(at: offset + 38, width: 4),
      let header = directory.number(at: offset + 42, width: 4)
    else { return nil }
    let nameEnd = offset + 46 + nameCount
    let end = nameEnd + extraCount + commentCount
    guard end <= directory.count,
      let name = String(validating: directory[(offset + 46)..<nameEnd], as: UTF8.self)
    else { return nil }
    self.name = name
    self.method = method
    self.checksum = checksum
    (packedCount, unpackedCount, headerOffset) = (packed, unpacked, header)
    isEncrypted = flags & 1 != 0
    // Unix keeps a file's mode in the upper half of its attributes.
    isLink = system == 3 && attributes >> 28 == 0xA
    guard widen(by: directory, extra: nameEnd..<(nameEnd + extraCount)) else { return nil }
    guard headerOffset <= Int.max / 4, packedCount <= Int.max / 4 else { return nil }
    offset = end
  }

  /// Takes 64-bit sizes from the extra field where the 32-bit ones are full; false if they lack.
  private mutating func widen(by bytes: [UInt8], extra: Range<Int>) -> Bool {
    let full = 0xFFFF_FFFF
    guard packedCount == full || unpackedCount == full || headerOffset == full else { return true }
    var offset = extra.lowerBound
    while offset + 4 <= extra.upperBound, let id = bytes.number(at: offset, width: 2),
      let count = bytes.number(at: offset + 2, width: 2)
    {
      offset += 4
      guard id == 1 else {
        offset += count
        continue
      }
      let end = min(offset + count, extra.upperBound)
      for field in [\ZipEntry.unpackedCount, \.packedCount, \.headerOffset]
      where self[keyPath: field] == full {
        guard offset + 8 <= end, let wide = bytes.number(at: offset, width: 8) else { return false }
        self[keyPath: field] = wide
        offset += 8
      }
      return true
    }
    return false
  }

  var staysInside: Bool { Self.staysInside(name) }

  /// Whether a name is a path below the place where the archive is unpacked.
  static func staysInside(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return !name.isEmpty && !name.hasPrefix("/") && !name.contains("\\") && !name.contains("\0")
      && !parts.contains("..")
  }
}
