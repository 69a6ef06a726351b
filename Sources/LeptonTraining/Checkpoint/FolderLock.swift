import Foundation
import LeptonValues

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Keeps a folder for this process until it is released or the process ends, however it ends.
public final class FolderLock {
  private let file: Int32

  /// - Throws: `LeptonError` of kind `infeasible` where another process has the folder, `io` where
  ///   nothing can be written there.
  public init(_ folder: String) throws {
    let path = "\(folder)/.lock"
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw DurableFile.failure("cannot be created", path) }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      let reason = errno
      close(file)
      guard reason == EWOULDBLOCK else {
        throw DurableFile.failure("cannot be locked", path, reason)
      }
      throw LeptonError(
        .infeasible, "another process is training in this folder", at: folder,
        fix: "wait until it ends, or give another folder")
    }
    self.file = file
  }

  deinit { close(file) }
}
