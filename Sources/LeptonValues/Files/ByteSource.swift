#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Bytes that are read part by part, of a file or in memory. A file that shrinks meanwhile is an error, which memory
/// mapped from it could not report.
package final class ByteSource: Sendable {
  package let count: Int
  /// What errors call it.
  package let name: String
  private let storage: Storage

  private enum Storage: Sendable {
    case memory([UInt8])
    case file(Int32)
  }

  package init(_ bytes: [UInt8], name: String) {
    storage = .memory(bytes)
    count = bytes.count
    self.name = name
  }

  /// - Parameter name: what errors call it, where that is not its path.
  /// - Throws: `LeptonError` of kind `io` where `path` is no file that can be read.
  package init(_ path: String, name: String? = nil) throws {
    let name = name ?? path
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw LeptonError.system("cannot be opened", name) }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw LeptonError(.io, "it is not a plain file", at: name, fix: "name a file")
    }
    storage = .file(descriptor)
    count = Int(facts.st_size)
    self.name = name
  }

  deinit {
    if case .file(let descriptor) = storage { close(descriptor) }
  }

  /// Fills `target` with what begins at `position`, which must lie inside.
  package func read(from position: Int, into target: UnsafeMutableRawBufferPointer) throws {
    precondition(position >= 0 && target.count <= count - position, "bytes outside the source")
    switch storage {
    case .memory(let bytes):
      bytes.withUnsafeBytes {
        target.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: $0[position...].prefix(target.count)))
      }
    case .file(let descriptor):
      var done = 0
      while done < target.count {
        let more = pread(
          descriptor, target.baseAddress! + done, target.count - done, off_t(position + done))
        if more < 0, errno == EINTR { continue }
        guard more > 0 else {
          throw LeptonError(
            .io, "the file ends or fails at byte \(position + done)", at: name, fix: "copy it again"
          )
        }
        done += more
      }
    }
  }

  /// The bytes of `range`, which must lie inside.
  package func bytes(_ range: Range<Int>) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: range.count) { target, filled in
      try read(from: range.lowerBound, into: UnsafeMutableRawBufferPointer(target))
      filled = range.count
    }
  }

  /// The first bytes, as many of `count` as there are.
  package func prefix(_ count: Int) throws -> [UInt8] { try bytes(0..<min(count, self.count)) }
}

extension [UInt8] {
  /// The little-endian number of `width` bytes at `offset`; nil outside, or past `Int.max`.
  package func number(at offset: Int, width: Int) -> Int? {
    guard offset >= 0, offset <= count - width else { return nil }
    var value: UInt64 = 0
    for byte in self[offset..<(offset + width)].reversed() { value = value << 8 | UInt64(byte) }
    return Int(exactly: value)
  }
}
