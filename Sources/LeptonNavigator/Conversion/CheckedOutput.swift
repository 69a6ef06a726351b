import Foundation
import LeptonValues

/// A file that gets its name only when it was opened again and found to be what was meant. Until then it lies, with the files
/// that belong to it, in a folder beside.
struct CheckedOutput {
  let url: URL

  /// `write` makes the file under the place that it is given, `check` opens it there.
  func make<Result>(_ write: (URL) throws -> Void, check: (URL) throws -> Result) throws -> Result {
    let folder = url.deletingLastPathComponent().appendingPathComponent(
      ".\(url.lastPathComponent).\(UUID().uuidString.prefix(8))", isDirectory: true)
    try LeptonError.whenWriting(url.path) {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    }
    defer { try? FileManager.default.removeItem(at: folder) }
    let place = folder.appendingPathComponent(url.lastPathComponent)
    let result: Result
    do {
      try write(place)
      result = try check(place)
    } catch let error as LeptonError {
      // The folder is gone when this is read.
      throw LeptonError(
        error.kind, error.what,
        at: error.place.replacingOccurrences(of: place.path, with: url.path),
        fix: error.fix)
    }
    try LeptonError.whenWriting(url.path) {
      // What belongs to the file first, then the file itself.
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        .sorted {
          ($0 == url.lastPathComponent ? 1 : 0, $0) < ($1 == url.lastPathComponent ? 1 : 0, $1)
        }
      for name in names {
        let target = url.deletingLastPathComponent().appendingPathComponent(name)
        try DurableFile.rename(folder.appendingPathComponent(name).path, to: target.path)
      }
    }
    return result
  }
}
