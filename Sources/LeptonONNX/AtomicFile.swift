internal import Foundation
import LeptonValues

/// Writes a file so that a reader finds the old one or the whole new one, also after a power cut:
/// beside it, flushed to the disk, then renamed over it.
struct AtomicFile {
  let url: URL

  func write(_ pieces: [Data]) throws {
    let folder = url.deletingLastPathComponent()
    let temporary = folder.appendingPathComponent(
      ".\(url.lastPathComponent).\(UUID().uuidString.prefix(8)).tmp")
    do {
      guard FileManager.default.createFile(atPath: temporary.path, contents: nil) else {
        throw failure("the folder cannot be written to")
      }
      defer { try? FileManager.default.removeItem(at: temporary) }
      let handle = try FileHandle(forWritingTo: temporary)
      for piece in pieces { try handle.write(contentsOf: piece) }
      try handle.synchronize()
      try handle.close()
      guard rename(temporary.path, url.path) == 0 else {
        throw failure(String(cString: strerror(errno)))
      }
    } catch let error as LeptonError {
      throw error
    } catch {
      throw failure(error.localizedDescription)
    }
  }

  private func failure(_ what: String) -> LeptonError {
    LeptonError(
      .io, "the file cannot be written: \(what)", at: url.path,
      fix: "check the folder, its permissions and the space on the disk")
  }
}
