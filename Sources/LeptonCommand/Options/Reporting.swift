import ArgumentParser

/// How a command talks; the same for all of them.
struct Reporting: ParsableArguments {
  @Flag(help: "One JSON object on standard output, and nothing else there.")
  var json = false

  @Flag(help: "No progress and no remarks.")
  var quiet = false

  @Option(help: "Messages on standard error as text or as JSON lines.")
  var logFormat = LogFormat.text

  /// Writes what the command came to.
  func show(_ answer: some Answer) {
    StandardStreams.write(json ? JSONText.line(answer) + "\n" : answer.text)
  }

  /// A remark on the way.
  func note(_ message: String) {
    guard !quiet else { return }
    StandardStreams.log(
      logFormat == .json ? JSONText.line(Note(message: message)) : "lepton: \(message)")
  }

  struct Note: Encodable {
    let level = "info"
    let message: String
  }
}

enum LogFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json

  /// Whether `arguments` ask for JSON lines; known before they are parsed, since parsing may fail.
  static func isJSON(_ arguments: [String]) -> Bool {
    arguments.contains("--log-format=json")
      || zip(arguments, arguments.dropFirst()).contains { $0 == ("--log-format", "json") }
  }
}
