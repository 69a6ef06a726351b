import Foundation
import Testing

@Suite("Wrong usage")
struct UsageTests {
  struct Mistake: CustomTestStringConvertible, Sendable {
    let arguments: String
    let code: Int32
    let complaint: String
    var testDescription: String { arguments }
  }

  static let mistakes = [
    Mistake(
      arguments: "bnch", code: 2,
      complaint: "lepton: error: unknown command 'bnch'; did you mean 'bench'?"),
    Mistake(
      arguments: "data inspec", code: 2,
      complaint: "lepton: error: data: unknown command 'inspec'; did you mean 'inspect'?"),
    Mistake(
      arguments: "bench x.onnx --treads 2", code: 2,
      complaint: "lepton: error: bench: unknown option '--treads'; did you mean '--threads'?"),
    Mistake(
      arguments: "bench x.onnx --threads 0", code: 2,
      complaint: "lepton: error: bench: --threads is 0; please provide 1 or more"),
    Mistake(
      arguments: "bench train lenot", code: 2,
      complaint: "lepton: error: unknown architecture 'lenot'; did you mean 'lenet'?"),
    Mistake(
      arguments: "run", code: 2,
      complaint: "lepton: error: run: missing expected argument '<recipe>'; see lepton run --help"),
    Mistake(
      arguments: "train --resume nowhere", code: 2,
      complaint: "lepton: error: --resume: there is no run to go on with in 'nowhere'; "
        + "name the folder of an interrupted run"),
    Mistake(
      arguments: "data inspect digitz", code: 2,
      complaint: "lepton: error: there is no data \"digitz\" in the working folder "
        + "(LEPTON_DATA is not set); did you mean \"digits\"?"),
    Mistake(
      arguments: "compare a.onnx", code: 2,
      complaint: "lepton: error: compare: missing expected argument '<second>'; "
        + "see lepton compare --help"),
    Mistake(
      arguments: "evaluate m.onnx --data digits --target-recall 1.5", code: 2,
      complaint: "lepton: error: evaluate: --target-recall is 1.5; please provide more than 0, at "
        + "most 1"),
    Mistake(
      arguments: "data draw 12 -o x.png", code: 2,
      complaint: "lepton: error: data draw: 12 is no digit; give 0 to 9"),
  ]

  @Test("Says what is wrong and the nearest right spelling, with exit code 2", arguments: mistakes)
  func isRefused(_ mistake: Mistake) throws {
    let outcome = try Tool.run(mistake.arguments.split(separator: " ").map(String.init))
    #expect(outcome.code == mistake.code)
    #expect(outcome.errors == mistake.complaint + "\n")
    #expect(outcome.output.isEmpty)
  }

  @Test("A file that is no model is bad input, one that is not there failed input")
  func badFiles() throws {
    let scratch = try Scratch()
    let file = scratch.url.appendingPathComponent("m.onnx")
    try Data("no model".utf8).write(to: file)
    #expect(try Tool.run("inspect", file.path).code == 3)
    #expect(try Tool.run("inspect", file.path + "x").code == 5)
  }

  @Test("Errors are JSON where that is asked for")
  func jsonErrors() throws {
    let outcome = try Tool.run("bnch", "--log-format", "json")
    let line = try #require(
      JSONSerialization.jsonObject(with: Data(outcome.errors.utf8)) as? [String: Any])
    #expect(line["exit_code"] as? Int == 2)
    #expect(line["fix"] as? String == "did you mean 'bench'?")
  }

  @Test("Help and version are answers", arguments: ["--help", "--version", "help"])
  func help(_ argument: String) throws {
    let outcome = try Tool.run(argument)
    #expect(outcome.code == 0 && !outcome.output.isEmpty && outcome.errors.isEmpty)
  }
}
