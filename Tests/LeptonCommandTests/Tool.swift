import Foundation

/// The built program, run as a user runs it.
enum Tool {
  struct Outcome {
    let code: Int32
    let output: String
    let errors: String

    /// The object on standard output; nil where there is anything else.
    var json: [String: Any]? {
      try? JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any]
    }
  }

  /// Beside the tests.
  private static let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("lepton")

  static func run(_ arguments: String..., in folder: URL? = nil) throws -> Outcome {
    try run(arguments, in: folder)
  }

  static func run(_ arguments: [String], in folder: URL? = nil) throws -> Outcome {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "LEPTON_DATA" }
    let (output, errors) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, errors)
    try process.run()
    // Both are short: neither pipe fills up while the other is read.
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    let complaint = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Outcome(
      code: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
      errors: String(decoding: complaint, as: UTF8.self))
  }
}

extension Tool {
  /// Starts the program, sends it a signal once so many lines of its log hold a text, and waits for its end. A signal
  /// that it does not survive is a negative code.
  static func run(
    _ arguments: [String], in folder: URL, sending number: Int32, after text: String, times: Int
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder
    let (output, errors) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, errors)
    try process.run()
    var complaint = Data()
    var isSent = false
    while case let chunk = errors.fileHandleForReading.availableData, !chunk.isEmpty {
      complaint += chunk
      let seen = String(decoding: complaint, as: UTF8.self).components(separatedBy: text).count - 1
      if !isSent, seen >= times {
        kill(process.processIdentifier, number)
        isSent = true
      }
    }
    let answer = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let status = process.terminationStatus
    return Outcome(
      code: process.terminationReason == .uncaughtSignal ? -status : status,
      output: String(decoding: answer, as: UTF8.self),
      errors: String(decoding: complaint, as: UTF8.self))
  }
}

/// A folder that goes away after the test.
final class Scratch {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory
      .appendingPathComponent("lepton-test-\(UUID().uuidString)", isDirectory: true)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }
}
