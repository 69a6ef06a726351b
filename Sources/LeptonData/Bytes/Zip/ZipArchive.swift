package import LeptonValues

/// The entries of a zip archive, and what is in them. Stored and deflated entries, ZIP64 sizes.
///
/// An archive may not say more than it is: names stay inside it and occur once, no two entries share bytes, and what it
/// expands to is bounded by its own size. Source: PKWARE's APPNOTE 6.3.
package struct ZipArchive {
  package let source: ByteSource
  /// In the order of the directory.
  package private(set) var entries: [ZipEntry] = []

  /// All entries together may expand to so many times the archive's size, or to 64 MiB where that is more.
  package static let mostExpansion = 256

  /// - Throws: `LeptonError`: `badInput` with the byte that is wrong, or `io`.
  package init(_ source: ByteSource) throws {
    self.source = source
    let end = try ZipEnd(source)
    let directory = try source.bytes(end.directory)
    var offset = 0
    while offset < directory.count {
      let place = end.directory.lowerBound + offset
      guard entries.count < end.entryCount else {
        throw Self.damaged("the directory has more than \(end.entryCount) entries", source, place)
      }
      guard let entry = ZipEntry(directory, &offset) else {
        throw Self.damaged("the directory's entry \(entries.count + 1) is damaged", source, place)
      }
      entries.append(entry)
    }
    guard entries.count == end.entryCount else {
      throw Self.damaged(
        "the directory has \(entries.count) entries where \(end.entryCount) are said to be", source,
        end.directory.upperBound)
    }
    try check(directoryStart: end.directory.lowerBound)
  }

  package subscript(name: String) -> ZipEntry? { entries.first { $0.name == name } }

  private func check(directoryStart: Int) throws {
    var names: Set<String> = []
    var places: [Range<Int>] = []
    var expanded = 0
    for entry in entries {
      func refuse(_ what: String, fix: String) -> LeptonError {
        LeptonError(.badInput, what, at: "\(source.name), entry '\(entry.name)'", fix: fix)
      }
      guard entry.staysInside else {
        throw refuse(
          "its name leads out of the archive", fix: "take the archive from its author again")
      }
      guard names.insert(entry.name).inserted else {
        throw refuse("the archive has two entries of this name", fix: "save it again")
      }
      guard !entry.isEncrypted else {
        throw refuse("it is encrypted", fix: "save it without a password")
      }
      guard !entry.isLink else {
        throw refuse("it is a symbolic link", fix: "save the file itself")
      }
      guard entry.headerOffset + 30 <= directoryStart,
        entry.packedCount <= directoryStart - entry.headerOffset - 30
      else {
        throw refuse(
          "its \(entry.packedCount) bytes from byte \(entry.headerOffset) on run into the directory",
          fix: "fetch the file again")
      }
      places.append(entry.headerOffset..<(entry.headerOffset + 30 + entry.packedCount))
      let (sum, overflows) = expanded.addingReportingOverflow(entry.unpackedCount)
      expanded = sum
      guard !overflows, expanded <= max(64 << 20, source.count * Self.mostExpansion) else {
        throw refuse(
          "the archive of \(source.count) bytes expands to more than \(Self.mostExpansion) times that",
          fix: "save it uncompressed if that is meant")
      }
    }
    places.sort { $0.lowerBound < $1.lowerBound }
    for (one, next) in zip(places, places.dropFirst()) where one.upperBound > next.lowerBound {
      throw Self.damaged("two entries share bytes", source, next.lowerBound)
    }
  }

  static func damaged(_ what: String, _ source: ByteSource, _ byte: Int) -> LeptonError {
    LeptonError(
      .badInput, "the zip archive is damaged: \(what)", at: "\(source.name), byte \(byte)",
      fix: "fetch the file again: it is cut short or no archive")
  }
}

// MARK: Contents

extension ZipArchive {
  /// Where the bytes of an entry lie that is stored as it is; nil for a compressed one.
  package func storedRange(of entry: ZipEntry) throws -> Range<Int>? {
    let range = try packedRange(of: entry)
    guard entry.method == 0 else { return nil }
    guard entry.packedCount == entry.unpackedCount else {
      throw refuse(
        "\(entry.packedCount) stored bytes are said to be \(entry.unpackedCount)", entry)
    }
    return range
  }

  /// The bytes of an entry, expanded, their checksum right.
  package func contents(of entry: ZipEntry) throws -> [UInt8] {
    let contents: [UInt8]
    if let range = try storedRange(of: entry) {
      contents = try source.bytes(range)
    } else if entry.method == 8 {
      let packed = try source.bytes(packedRange(of: entry))
      contents = try Gzip.inflate(
        packed[...], wrapping: .raw, limit: entry.unpackedCount, name: place(entry)
      ).bytes
    } else {
      throw refuse(
        "compression method \(entry.method) is not supported",
        entry, fix: "save it stored or deflated, as Python's zipfile does")
    }
    guard contents.count == entry.unpackedCount else {
      throw refuse(
        "it has \(contents.count) bytes, the directory says \(entry.unpackedCount)", entry)
    }
    guard Gzip.checksum(contents[...]) == entry.checksum else {
      throw refuse("the checksum does not match", entry)
    }
    return contents
  }

  private func packedRange(of entry: ZipEntry) throws -> Range<Int> {
    let header = try source.bytes(entry.headerOffset..<(entry.headerOffset + 30))
    guard header.number(at: 0, width: 4) == 0x0403_4B50,
      let nameCount = header.number(at: 26, width: 2),
      let extraCount = header.number(at: 28, width: 2),
      case let start = entry.headerOffset + 30 + nameCount + extraCount,
      start <= source.count, entry.packedCount <= source.count - start
    else { throw refuse("its bytes are not where the directory says", entry) }
    return start..<(start + entry.packedCount)
  }

  private func place(_ entry: ZipEntry) -> String { "\(source.name), entry '\(entry.name)'" }

  private func refuse(
    _ what: String, _ entry: ZipEntry, fix: String = "fetch the file again"
  ) -> LeptonError {
    LeptonError(.badInput, what, at: place(entry), fix: fix)
  }
}
