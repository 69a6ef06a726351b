import ArgumentParser
import LeptonValues

/// `lepton`: parses, runs, and says what went wrong. Runs on the main thread, where the engine is at home.
struct LeptonTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lepton",
    abstract: "Train, compress, measure and run neural networks on this computer.",
    discussion: """
      Exit codes: 0 done, 2 wrong usage, 3 bad input, 4 a requirement cannot be met, 5 input or \
      output failed, 70 a defect of lepton, 130 interrupted (143 by SIGTERM, 129 by SIGHUP).
      """,
    version: Version.current,
    subcommands: [
      RunRecipe.self, Train.self, Evaluate.self, Compare.self, Compress.self, Navigate.self,
      Predict.self, Serve.self, Infer.self, Bench.self, Tune.self, Inspect.self, Convert.self,
      Diff.self, DataTools.self, ONNXTools.self, Config.self,
    ])

  /// Runs the command that `arguments` spell; answers the exit code.
  static func run(_ arguments: [String]) -> Int32 {
    StandardStreams.prepare()
    let failures = FailureReport(asJSON: LogFormat.isJSON(arguments))
    do {
      try checkCommand(arguments)
      var command = try parse(arguments)
      try command.run()
      return 0
    } catch let code as ExitCode {
      // An answer that is a code, as that of diff; it was given already.
      return code.rawValue
    } catch {
      let code = failures.write(error)
      return (error as? LeptonError)?.kind == .interrupted ? Interrupts.exitCode : code
    }
  }

  private static func parse(_ arguments: [String]) throws -> any ParsableCommand {
    do {
      return try parseAsRoot(arguments)
    } catch {
      guard exitCode(for: error).isSuccess else {
        throw WrongUsage.error(message(for: error), arguments)
      }
      throw error
    }
  }

  /// Names the nearest command, which the parser does not for commands.
  private static func checkCommand(_ arguments: [String]) throws {
    var words = arguments.prefix { !$0.hasPrefix("-") }
    if words.first == "help" { words.removeFirst() }
    var command: any ParsableCommand.Type = self
    while let word = words.popFirst() {
      let commands = command.configuration.subcommands
      if let next = commands.first(where: { $0._commandName == word }) {
        command = next
        continue
      }
      if commands.isEmpty || command.configuration.defaultSubcommand != nil { return }
      let names = commands.map { $0._commandName } + (command == self ? ["help"] : [])
      let near = nearestSpelling(of: word, in: names)
      throw LeptonError(
        .usage, "unknown command '\(word)'",
        at: command == self ? "" : command._commandName,
        fix: near.map { "did you mean '\($0)'?" } ?? "choose of \(names.joined(separator: ", "))")
    }
  }
}
