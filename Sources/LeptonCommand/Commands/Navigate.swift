import ArgumentParser
import Foundation
import LeptonGraph
import LeptonNavigator
import LeptonValues

/// `lepton navigate`: the form of a trained model that meets a requirement best.
struct Navigate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Search the forms of a model for the one that meets a requirement best.",
    discussion: """
      lepton navigate model.onnx --data digits --require 'latency_p95_ms<=2' \
      --require 'max_accuracy_drop<=0.005'
      """)

  @OptionGroup var subject: MeasuredModel
  @Option(
    help: ArgumentHelp(
      "A bound that the model must keep: "
        + Requirement.CodingKeys.allCases.map(\.rawValue).joined(separator: ", ") + ".",
      valueName: "key<=value"))
  var require: [String] = []
  @Option(help: "The folder for candidates and the chosen model; the next free one in runs.")
  var output: String?
  @OptionGroup var reporting: Reporting

  func run() throws {
    let requirement = try Requirement(expressions: require)
    let (model, parts) = try subject.read()
    var navigation = Navigation(
      model, on: parts, requirement: requirement, policy: subject.policy,
      price: try subject.price())
    navigation.speed = subject.speed
    navigation.memory = ThisProgram.url.map { MemoryProbe(executable: $0) }
    let folder =
      try output.map { try RunFolder(creating: URL(fileURLWithPath: $0, isDirectory: true)) }
      ?? RunFolder.next(
        named: model.facts.name.isEmpty ? "navigate" : model.facts.name,
        in: URL(fileURLWithPath: "runs", isDirectory: true))
    let log = ProgressLog(reporting)
    let report = try navigation.execute(in: folder, log.event)
    reporting.show(Found(report: report))
    try report.requireChoice()
  }

  struct Found: Answer {
    let report: NavigationReport

    func encode(to encoder: any Encoder) throws { try report.encode(to: encoder) }

    var text: String {
      let table = CandidateTable(report.candidates, chosen: report.chosen?.name).text
      let front = Prose.wrapped(
        "no other is better in everything than: "
          + report.front.map(\.name).joined(separator: ", "))
      return table + "\n" + front + (report.artifact.map { "model  \($0)\n" } ?? "")
    }
  }
}
