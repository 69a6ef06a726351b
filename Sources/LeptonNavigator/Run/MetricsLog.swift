import Foundation
import LeptonTraining
import LeptonValues

/// The epochs of a training, one JSON object a line.
struct MetricsLog {
  private let handle: FileHandle
  private let url: URL

  /// Starts the file anew.
  init(_ url: URL) throws {
    self.url = url
    guard FileManager.default.createFile(atPath: url.path, contents: nil),
      let handle = FileHandle(forWritingAtPath: url.path)
    else {
      throw LeptonError(.io, "the file cannot be written", at: url.path, fix: "check the folder")
    }
    self.handle = handle
  }

  func append(_ record: EpochRecord) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    try LeptonError.whenWriting(url.path) {
      try handle.write(contentsOf: encoder.encode(record) + Data("\n".utf8))
    }
  }
}
