import Foundation
import LeptonTraining
import LeptonValues

/// The epochs of a training, one JSON object a line. Checkpoints hold them too, so a log that cannot be written
/// any more, because the disk is full, is no reason to stop.
struct MetricsLog {
  private let handle: FileHandle
  private let url: URL
  private var count = 0
  private var isBroken = false

  /// Starts the file anew with what is past.
  init(_ url: URL, history: [EpochRecord]) throws {
    self.url = url
    guard FileManager.default.createFile(atPath: url.path, contents: nil),
      let handle = FileHandle(forWritingAtPath: url.path)
    else {
      throw LeptonError(.io, "the file cannot be written", at: url.path, fix: "check the folder")
    }
    self.handle = handle
    for record in history { try append(record) }
    count = history.count
  }

  /// Adds what is new in `history`. Answers, once, why that cannot be done any more.
  mutating func update(_ history: [EpochRecord]) -> String? {
    guard !isBroken, history.count > count else { return nil }
    do {
      for record in history[count...] { try append(record) }
      count = history.count
      return nil
    } catch {
      isBroken = true
      return "training goes on without its log: \(error)"
    }
  }

  private func append(_ record: EpochRecord) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    do {
      try handle.write(contentsOf: encoder.encode(record) + Data("\n".utf8))
    } catch {
      throw LeptonError(
        .io, "the file cannot be written: \(error.localizedDescription)", at: url.path,
        fix: "check the space on the disk")
    }
  }
}
