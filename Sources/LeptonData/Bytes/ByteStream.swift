import CZlib
import LeptonValues

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The bytes of a file, piece after piece, in constant memory; a gzip file is decompressed on the way.
package final class ByteStream {
  package let path: String
  /// Nil where the bytes are in memory.
  private let file: UnsafeMutablePointer<FILE>?
  private var inflater: Inflater?
  private var input: [UInt8]
  private var isAtEnd = false
  private var peeked: [UInt8]?

  /// How many bytes a piece has, but for the last.
  package static let pieceSize = 1 << 18

  /// - Throws: `LeptonError` of kind `io`.
  package init(_ path: String) throws {
    self.path = path
    guard let file = fopen(path, "rb") else { throw LeptonError.system("cannot be opened", path) }
    self.file = file
    input = []
    var status = stat()
    guard fstat(fileno(file), &status) == 0 else {
      throw LeptonError.system("cannot be examined", path)
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      throw LeptonError(
        .io, "a folder stands where a file is expected", at: path, fix: "name a file inside it")
    }
    input = try read()
    if Gzip.isGzip(input) { inflater = try Inflater(path) }
  }

  /// Bytes that are in memory already, as they are; `name` is what errors call them.
  package init(_ bytes: [UInt8], name: String) {
    path = name
    file = nil
    input = bytes
  }

  deinit { if let file { fclose(file) } }

  /// The next piece; empty at the end.
  ///
  /// - Throws: `LeptonError`: `io`, or `badInput` where compressed data are damaged or cut short.
  package func next() throws -> [UInt8] {
    if let piece = peeked {
      peeked = nil
      return piece
    }
    return try take()
  }

  /// What `next` answers, without taking it.
  package func peek() throws -> [UInt8] {
    let piece = try peeked ?? take()
    peeked = piece
    return piece
  }

  private func take() throws -> [UInt8] {
    guard let inflater else {
      defer { input = [] }
      return input.isEmpty ? try read() : input
    }
    var output = [UInt8](repeating: 0, count: Self.pieceSize)
    var produced = 0
    while produced < output.count, !isAtEnd {
      if input.isEmpty { input = try read() }
      let step = try inflater.step(input, into: &output, at: produced)
      input.removeFirst(step.consumed)
      produced += step.produced
      if step.isMemberDone {
        if input.count < 2 { input += try read() }
        isAtEnd = !Gzip.isGzip(input)
      }
    }
    output.removeLast(output.count - produced)
    return output
  }

  private func read() throws -> [UInt8] {
    guard let file else { return [] }
    let bytes = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { storage, count in
      count = fread(storage.baseAddress, 1, storage.count, file)
    }
    if ferror(file) != 0 { throw LeptonError.system("cannot be read", path) }
    return bytes
  }
}

/// zlib's state for one file of gzip members.
private final class Inflater {
  private var stream = z_stream()
  private let name: String

  init(_ name: String) throws {
    self.name = name
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(&stream, Gzip.Wrapping.gzip.rawValue, ZLIB_VERSION, size) == Z_OK else {
      throw LeptonError(.infeasible, "zlib has no memory to decompress", at: name)
    }
  }

  deinit { inflateEnd(&stream) }

  func step(
    _ input: [UInt8], into output: inout [UInt8], at offset: Int
  ) throws -> (consumed: Int, produced: Int, isMemberDone: Bool) {
    let space = output.count - offset
    let code = input.withUnsafeBufferPointer { source in
      output.withUnsafeMutableBufferPointer { target in
        stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
        stream.avail_in = UInt32(source.count)
        stream.next_out = target.baseAddress.map { $0 + offset }
        stream.avail_out = UInt32(space)
        return inflate(&stream, Z_NO_FLUSH)
      }
    }
    let consumed = input.count - Int(stream.avail_in)
    let produced = space - Int(stream.avail_out)
    switch code {
    case Z_STREAM_END:
      inflateReset(&stream)
      return (consumed, produced, true)
    case Z_OK, Z_BUF_ERROR:
      guard consumed > 0 || produced > 0 else {
        throw LeptonError(
          .badInput, "the compressed data end before the stream is complete", at: name,
          fix: "fetch the file again: it is cut short")
      }
      return (consumed, produced, false)
    default:
      let reason = stream.msg.map { String(cString: $0) } ?? "code \(code)"
      throw LeptonError(
        .badInput, "the compressed data are damaged: \(reason)", at: name,
        fix: "fetch the file again")
    }
  }
}
