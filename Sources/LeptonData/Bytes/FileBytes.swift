import LeptonValues

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file as a whole: read in one go, written so that no half of it is ever seen.
package enum FileBytes {
  /// Every byte of the file at `path`.
  ///
  /// - Throws: `LeptonError` of kind `io`, naming the path and the system's reason.
  package static func read(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "rb") else { throw LeptonError.system("cannot be opened", path) }
    defer { fclose(file) }
    var status = stat()
    guard fstat(fileno(file), &status) == 0 else {
      throw LeptonError.system("cannot be examined", path)
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      throw LeptonError(
        .io, "a folder stands where a file is expected", at: path, fix: "name a file inside it")
    }
    let expected = Int(status.st_size)
    var bytes = try [UInt8](unsafeUninitializedCapacity: expected) { storage, count in
      guard expected > 0 else { return }
      count = fread(storage.baseAddress, 1, expected, file)
      if count < expected, ferror(file) != 0 { throw LeptonError.system("cannot be read", path) }
    }
    // A pipe or a growing file has more than its size said.
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { break }
      bytes.append(contentsOf: chunk[..<count])
    }
    if ferror(file) != 0 { throw LeptonError.system("cannot be read", path) }
    return bytes
  }

  /// Writes `bytes` beside `path`, then renames: a reader sees the old file or the new, never half.
  ///
  /// - Throws: `LeptonError` of kind `io`; the partial file is removed.
  package static func write(_ bytes: [UInt8], to path: String) throws {
    try write(to: path) { try $0.write(bytes) }
  }

  /// The same for a file that is made piece by piece.
  package static func write(to path: String, _ body: (FileSink) throws -> Void) throws {
    let partial = "\(path).partial-\(getpid())"
    do {
      let sink = try FileSink(partial, named: path)
      try body(sink)
      try sink.close()
      guard rename(partial, path) == 0 else {
        throw LeptonError.system("cannot be put in place", path)
      }
    } catch {
      unlink(partial)
      throw error
    }
  }
}
