import LeptonValues

/// Writes a zip archive of stored entries, with ZIP64 records where sizes need them. No dates: equal contents are
/// equal bytes.
package struct ZipWriter {
  private let sink: FileSink
  private var directory: [UInt8] = []
  private var count = 0

  /// Contents begin at a multiple of this, for readers that map them.
  private static let alignment = 64

  package init(_ sink: FileSink) { self.sink = sink }

  /// Adds an entry; `pieces` are its contents, one after the other.
  package mutating func add(_ name: String, _ pieces: [FilePiece]) throws {
    guard ZipEntry.staysInside(name), name.utf8.count <= 0xFFFF else {
      throw LeptonError(
        .badInput, "no entry of a zip archive can be called '\(name.prefix(80))'",
        fix: "give it a name without .. and \\, of at most 65,535 bytes")
    }
    let size = pieces.reduce(0) { $0 + $1.count }
    let checksum = pieces.reduce(0) { sum, piece in
      piece.withUnsafeBytes { Gzip.checksum($0, after: sum) }
    }
    let offset = sink.position
    let isWide = size >= 0xFFFF_FFFF || offset >= 0xFFFF_FFFF
    let narrow = isWide ? 0xFFFF_FFFF : size
    func common(_ extra: [UInt8]) -> [UInt8] {
      // Version, flags (UTF-8 names), method, the first day there is.
      Self.number(isWide ? 45 : 20, 2) + Self.number(0x0800, 2) + Self.number(0, 2)
        + Self.number(0, 2) + Self.number(0x0021, 2) + Self.number(checksum, 4)
        + Self.number(narrow, 4) + Self.number(narrow, 4) + Self.number(name.utf8.count, 2)
        + Self.number(extra.count, 2)
    }
    let sizes =
      isWide ? Self.number(1, 2) + Self.number(16, 2) + Self.wide(size) + Self.wide(size) : []
    // A field of its own that readers pass over fills up to the alignment.
    let plain = offset + 30 + name.utf8.count + sizes.count + 4
    let padding = (Self.alignment - plain % Self.alignment) % Self.alignment
    let local =
      sizes + Self.number(0x4C50, 2) + Self.number(padding, 2)
      + [UInt8](repeating: 0, count: padding)
    try sink.write(Self.number(0x0403_4B50, 4) + common(local) + Array(name.utf8) + local)
    for piece in pieces { try sink.write(piece) }
    let places =
      isWide
      ? Self.number(1, 2) + Self.number(24, 2) + Self.wide(size) + Self.wide(size)
        + Self.wide(offset)
      : []
    directory +=
      Self.number(0x0201_4B50, 4) + Self.number(45, 2) + common(places) + Self.number(0, 10)
      + Self.number(isWide ? 0xFFFF_FFFF : offset, 4) + Array(name.utf8) + places
    count += 1
  }

  /// Writes the directory; nothing may be added behind it.
  package func finish() throws {
    let start = sink.position
    try sink.write(directory)
    let isWide = start >= 0xFFFF_FFFF || count >= 0xFFFF || directory.count >= 0xFFFF_FFFF
    if isWide {
      let record = sink.position
      try sink.write(
        Self.number(0x0606_4B50, 4) + Self.wide(44) + Self.number(45, 2) + Self.number(45, 2)
          + Self.number(0, 8) + Self.wide(count) + Self.wide(count) + Self.wide(directory.count)
          + Self.wide(start))
      try sink.write(
        Self.number(0x0706_4B50, 4) + Self.number(0, 4) + Self.wide(record) + Self.number(1, 4))
    }
    let narrowCount = isWide ? 0xFFFF : count
    try sink.write(
      Self.number(0x0605_4B50, 4) + Self.number(0, 4) + Self.number(narrowCount, 2)
        + Self.number(narrowCount, 2)
        + Self.number(isWide ? 0xFFFF_FFFF : directory.count, 4)
        + Self.number(isWide ? 0xFFFF_FFFF : start, 4) + Self.number(0, 2))
  }

  private static func number(_ value: Int, _ width: Int) -> [UInt8] {
    (0..<width).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private static func wide(_ value: Int) -> [UInt8] { number(value, 8) }
}
