package import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files that are there completely or not at all, also after a power cut: written beside their place,
/// flushed to the disk, then renamed.
package enum DurableFile {
  package static func write(_ data: Data, to path: String) throws { try write([data], to: path) }

  /// Writes `pieces` one after the other.
  package static func write(_ pieces: [Data], to path: String) throws {
    let partial = "\(path).partial-\(getpid())"
    do {
      try writeAndFlush(pieces, to: partial)
      try rename(partial, to: path)
    } catch {
      unlink(partial)
      throw error
    }
  }

  /// Puts a file or folder, flushed already, in place; where this returns, it stays there.
  ///
  /// Where a symbolic link stands there, what it leads to is replaced, or the link where that is nothing; devices and pipes are not.
  package static func rename(_ partial: String, to link: String) throws {
    let path = try target(of: link)
    #if canImport(Glibc)
      let result = Glibc.rename(partial, path)
    #else
      let result = Darwin.rename(partial, path)
    #endif
    guard result == 0 else { throw failure("cannot be put in place", path) }
    try flushFolder((path as NSString).deletingLastPathComponent)
  }

  private static func target(of path: String) throws -> String {
    let target = (path as NSString).resolvingSymlinksInPath
    let kind =
      try? FileManager.default.attributesOfItem(atPath: target)[.type] as? FileAttributeType
    guard kind.map({ [.typeRegular, .typeDirectory, .typeSymbolicLink].contains($0) }) ?? true
    else {
      throw LeptonError(
        .io, "it is no file that could be replaced", at: path, fix: "name another place")
    }
    return target
  }

  /// Writes a file that is in nobody's way: it is complete and lasts once its folder is flushed.
  package static func writeAndFlush(_ pieces: [Data], to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard file >= 0 else { throw failure("cannot be created", path) }
    defer { close(file) }
    for piece in pieces { try write(piece, to: file, path) }
    guard fsync(file) == 0 else { throw failure("cannot be flushed", path) }
  }

  private static func write(_ data: Data, to file: Int32, _ path: String) throws {
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
  }

  /// Makes renames in a folder last.
  package static func flushFolder(_ path: String) throws {
    let folder = open(path.isEmpty ? "." : path, O_RDONLY)
    guard folder >= 0 else { throw failure("cannot be opened", path) }
    defer { close(folder) }
    guard fsync(folder) == 0 else { throw failure("cannot be flushed", path) }
  }

  package static func failure(_ what: String, _ path: String, _ number: Int32 = errno)
    -> LeptonError
  {
    LeptonError(
      .io, "\(what): \(String(cString: strerror(number)))", at: path,
      fix: "check the path, its permissions and the space left")
  }
}
