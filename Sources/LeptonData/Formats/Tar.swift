import LeptonValues

/// The files of a tar archive (POSIX.1-1988 ustar), gzip or not, one after the other; folders, links and devices are
/// passed over.
package struct Tar {
  private let stream: ByteStream
  private var buffer: [UInt8] = []
  private static let block = 512
  /// A file in an archive with more bytes than this is refused.
  private static let largest = 1 << 31

  package init(_ path: String) throws { stream = try ByteStream(path) }

  /// The next file, under the last part of its name, so that none lands outside of a folder; nil at the end.
  ///
  /// - Throws: `LeptonError` of kind `badInput` where the archive is damaged.
  package mutating func next() throws -> (name: String, bytes: [UInt8])? {
    while let header = try take(Self.block) {
      if header.allSatisfy({ $0 == 0 }) { return nil }
      let size = try octal(header[124..<136])
      let checksum = try octal(header[148..<156])
      let sum = header.indices.reduce(0) {
        $0 + ((148..<156).contains($1) ? 0x20 : Int(header[$1]))
      }
      guard sum == checksum, size <= Self.largest else { throw damaged("a header is wrong") }
      let padded = (size + Self.block - 1) / Self.block * Self.block
      guard let content = try take(padded) else { throw damaged("it ends inside of a file") }
      guard header[156] == UInt8(ascii: "0") || header[156] == 0 else { continue }
      let path = String(decoding: header[0..<100].prefix { $0 != 0 }, as: UTF8.self)
      return (path.split(separator: "/").last.map(String.init) ?? "", Array(content.prefix(size)))
    }
    return nil
  }

  /// Nil where nothing is left.
  private mutating func take(_ count: Int) throws -> [UInt8]? {
    while buffer.count < count {
      let piece = try stream.next()
      if piece.isEmpty {
        if buffer.isEmpty && count > 0 { return nil }
        throw damaged("it is cut short")
      }
      buffer += piece
    }
    defer { buffer.removeFirst(count) }
    return Array(buffer.prefix(count))
  }

  private func octal(_ digits: ArraySlice<UInt8>) throws -> Int {
    let text = String(decoding: digits.filter { $0 != 0 && $0 != 0x20 }, as: UTF8.self)
    guard let number = text.isEmpty ? 0 : Int(text, radix: 8), number >= 0 else {
      throw damaged("a header is wrong")
    }
    return number
  }

  private func damaged(_ what: String) -> LeptonError {
    LeptonError(
      .badInput, "the tar archive is damaged: \(what)", at: stream.path,
      fix: "fetch the file again")
  }
}
