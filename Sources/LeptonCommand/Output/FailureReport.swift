import ArgumentParser
import Foundation
import LeptonValues

/// The one place where errors become words on standard error and an exit code.
struct FailureReport {
  /// One JSON object instead of a sentence.
  let asJSON: Bool

  /// Says what went wrong; answers the exit code.
  func write(_ error: any Error) -> Int32 {
    if LeptonTool.exitCode(for: error).isSuccess {
      StandardStreams.write(LeptonTool.fullMessage(for: error) + "\n")
      return 0
    }
    let known = Self.described(error)
    if asJSON {
      StandardStreams.log(JSONText.line(Line(known)))
    } else {
      StandardStreams.log("lepton: error: \(known)")
    }
    return known.kind.exitCode
  }

  /// Anything that is not ours is a defect of ours: it should have been caught where it arose.
  private static func described(_ error: any Error) -> LeptonError {
    if let error = error as? LeptonError { return error }
    return LeptonError(
      .defect, "unexpected: \(error)", fix: "please report this with the command that led to it")
  }

  private struct Line: Encodable {
    let level = "error"
    let kind: String
    let place: String
    let what: String
    let fix: String
    let exitCode: Int32

    init(_ error: LeptonError) {
      kind = error.kind.rawValue
      (place, what, fix) = (error.place, error.what, error.fix)
      exitCode = error.kind.exitCode
    }
  }
}

/// What the parser says of wrong arguments, in our form.
enum WrongUsage {
  static func error(_ message: String, _ arguments: [String]) -> LeptonError {
    var what = message.trimmingCharacters(in: .whitespacesAndNewlines)
    if what.hasSuffix(".") { what.removeLast() }
    var fix = ""
    for mark in [". Did you mean", ". Please provide"] {
      guard let found = what.range(of: mark) else { continue }
      fix = what[found.lowerBound...].dropFirst(2).lowercasedFirst
      what = String(what[..<found.lowerBound])
      break
    }
    let command = arguments.first { !$0.hasPrefix("-") }
    if fix.isEmpty { fix = "see lepton \(command.map { "\($0) " } ?? "")--help" }
    return LeptonError(.usage, what.lowercasedFirst, at: command ?? "", fix: fix)
  }
}

extension StringProtocol {
  fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
