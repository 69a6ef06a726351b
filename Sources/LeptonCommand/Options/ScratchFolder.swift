import Foundation
import LeptonValues

/// A folder for the time of one command.
struct ScratchFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("lepton-\(UUID().uuidString)", isDirectory: true)
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw LeptonError(
        .io, "the folder cannot be made", at: url.path, fix: "check TMPDIR and the space there")
    }
  }

  func remove() { try? FileManager.default.removeItem(at: url) }
}
