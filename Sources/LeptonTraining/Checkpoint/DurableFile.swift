import Foundation
import LeptonValues

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files that are there completely or not at all, also after a power cut: written beside their place,
/// flushed to the disk, then renamed.
enum DurableFile {
  static func write(_ data: Data, to path: String) throws {
    let partial = "\(path).partial-\(getpid())"
    do {
      try writeAndFlush(data, to: partial)
      guard rename(partial, path) == 0 else { throw failure("cannot be put in place", path) }
    } catch {
      unlink(partial)
      throw error
    }
    try flushFolder((path as NSString).deletingLastPathComponent)
  }

  private static func writeAndFlush(_ data: Data, to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard file >= 0 else { throw failure("cannot be created", path) }
    defer { close(file) }
    try data.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        #if canImport(Glibc)
          let count = Glibc.write(
            file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        #else
          let count = Darwin.write(
            file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        #endif
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw failure("cannot be written", path) }
        rest = rest.dropFirst(count)
      }
    }
    guard fsync(file) == 0 else { throw failure("cannot be flushed", path) }
  }

  /// Makes renames in a folder last.
  static func flushFolder(_ path: String) throws {
    let folder = open(path.isEmpty ? "." : path, O_RDONLY)
    guard folder >= 0 else { throw failure("cannot be opened", path) }
    defer { close(folder) }
    guard fsync(folder) == 0 else { throw failure("cannot be flushed", path) }
  }

  static func failure(_ what: String, _ path: String) -> LeptonError {
    LeptonError(
      .io, "\(what): \(String(cString: strerror(errno)))", at: path,
      fix: "check the path, its permissions and the space left")
  }
}
