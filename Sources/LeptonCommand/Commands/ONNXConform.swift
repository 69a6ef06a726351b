import ArgumentParser
import Foundation
import LeptonONNX
import LeptonValues

/// `lepton onnx`: what concerns the format itself.
struct ONNXTools: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "onnx", abstract: "Check how much of ONNX is supported.",
    subcommands: [ONNXConform.self])
}

/// `lepton onnx conform DIR`: ONNX's own cases for single operators.
struct ONNXConform: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conform", abstract: "Run a folder of ONNX node cases and count what passes.",
    discussion: """
      lepton onnx conform cases --filter softmax --verbose

      A case is a folder with model.onnx and test_data_set_N/{input,output}_M.pb. It passes where types and shapes are \
      those expected, and elements within rtol 1e-3 and atol 1e-7. It fails where an answer is wrong; a case that is \
      refused before it runs is unsupported.
      """)

  @Argument(help: "The folder that holds the folders of the cases.", completion: .directory)
  var directory: String
  @Option(help: "Only cases whose names contain this.")
  var filter: String?
  @Option(help: "What runs them.")
  var backend = BackendChoice.cpu
  @Flag(help: "Every case with its outcome, on standard error.")
  var verbose = false
  @Option(help: "A file with the names of cases that must pass, one a line.", completion: .file())
  var require: String?
  @Option(help: "Where to write the names of the cases that pass.", completion: .file())
  var write: String?
  @OptionGroup var reporting: Reporting

  func run() throws {
    let required = try require.map { try CaseNames(file: $0) }
    let cases = try NodeCase.all(in: URL(fileURLWithPath: directory)).filter { test in
      filter.map { test.name.contains($0) } ?? true
    }
    guard !cases.isEmpty else {
      throw LeptonError(
        .usage, "no case has '\(filter ?? "")' in its name", at: "--filter",
        fix: "give a part of a name, such as test_add")
    }
    var report = ConformanceAnswer()
    for (index, test) in cases.enumerated() {
      if verbose { reporting.note("\(test.name) ...") }
      let outcome = test.run(on: backend.backend)
      if verbose { reporting.note("\(test.name) \(outcome.text)") }
      report.add(test.name, try test.operators(), outcome)
      if !verbose, (index + 1).isMultiple(of: 250) {
        reporting.note("\(index + 1) of \(cases.count) cases")
      }
    }
    if let write { try CaseNames(report.passing).write(to: write) }
    if let required {
      report.compare(with: required, among: filter.map { part in { $0.contains(part) } })
    }
    reporting.show(report)
    guard required != nil else { return }
    guard report.total.failed == 0 else {
      throw LeptonError(
        .infeasible, "\(report.total.failed) cases fail", at: directory,
        fix: "--verbose says where the answers differ")
    }
    if let missing = report.missing, !missing.isEmpty {
      throw LeptonError(
        .infeasible,
        "\(missing.count) required cases do not pass: \(missing.joined(separator: ", "))",
        at: require ?? "", fix: "--filter NAME --verbose says why")
    }
  }
}

/// Names of cases in a file, one a line.
struct CaseNames {
  let names: [String]

  init(_ names: [String]) { self.names = names }

  init(file path: String) throws {
    do {
      let text = try String(contentsOfFile: path, encoding: .utf8)
      names = text.split(whereSeparator: \.isNewline).map(String.init).filter {
        !$0.hasPrefix("#")
      }
    } catch {
      throw LeptonError(.io, "the file cannot be read", at: path, fix: "check the path")
    }
  }

  func write(to path: String) throws {
    do {
      try Data(names.map { $0 + "\n" }.joined().utf8).write(
        to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw LeptonError(
        .io, "the file cannot be written", at: path, fix: "check the folder and its permissions")
    }
  }
}
