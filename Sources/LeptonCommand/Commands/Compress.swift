public import ArgumentParser
import Foundation
public import LeptonNavigator
import LeptonONNX
import LeptonValues

/// `lepton compress`: smaller forms of a model, each taken only where it is measured to be a win.
struct Compress: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a model smaller and faster, if measurement says that it is.",
    discussion: """
      lepton compress model.onnx --data digits --method int8 --max-drop 0.005 -o small.onnx

      Writes the best of the methods. Where none is a win, nothing is written and the exit code is 4.
      """)

  @OptionGroup var subject: MeasuredModel
  @Option(help: "What to try: bf16, int8; may be given more than once.")
  var method: [CandidateKind] = [.bf16, .int8]
  @Option(help: "The largest loss of accuracy, as a fraction.")
  var maxDrop = 0.01
  @Option(name: .shortAndLong, help: "The file to write.")
  var output: String
  @OptionGroup var reporting: Reporting

  mutating func validate() throws {
    guard (0...1).contains(maxDrop) else {
      throw ValidationError("--max-drop is \(maxDrop). Please provide a fraction of 0 to 1.")
    }
    guard !method.contains(.f32) else {
      throw ValidationError("--method f32 is no compression. Please provide bf16 or int8.")
    }
  }

  func run() throws {
    let (model, parts) = try subject.read()
    let log = ProgressLog(reporting)
    let scratch = try ScratchFolder()
    defer { scratch.remove() }
    let maker = CandidateMaker(
      model, parts, CalibrationPlan(), in: try RunFolder(creating: scratch.url))
    log.stage("making \(method.map(\.rawValue).joined(separator: ", "))")
    let forms = [CandidateForm(.f32)] + method.map { CandidateForm($0) }
    let entries = try forms.map(maker.make)
    log.stage("measuring \(entries.count) candidates in turn")
    let figures = try CandidateBench(
      validation: parts.validation, test: parts.test, price: subject.price(),
      speed: subject.speed, memory: ThisProgram.url.map { MemoryProbe(executable: $0) }
    ).measure(entries)
    var requirement = Requirement()
    requirement.maxAccuracyDrop = maxDrop
    let selection = Selection(figures, requirement: requirement, policy: subject.policy)
    let reports = figures.indices.map {
      CandidateReport(figures[$0], selection.verdicts[$0], file: entries[$0].file.path)
    }
    let chosen = selection.chosen.flatMap { $0 == 0 ? nil : $0 }
    if let chosen {
      try ModelExport(maker.model(named: entries[chosen].name))
        .write(to: URL(fileURLWithPath: output))
    }
    reporting.show(Compressed(reports, chosen: chosen, artifact: output))
    guard chosen != nil else {
      throw LeptonError(
        .infeasible, "no method is a win: nothing was written", at: subject.file.model,
        fix: "allow a larger --max-drop, or see the reasons above")
    }
  }

  struct Compressed: Answer {
    struct Step: Encodable {
      let method: String
      let accepted: Bool
      let reason: String
      let before: CandidateReport
      let after: CandidateReport
    }

    /// Nil where nothing was a win.
    let artifact: String?
    let steps: [Step]

    init(_ reports: [CandidateReport], chosen: Int?, artifact: String) {
      self.artifact = chosen.map { _ in artifact }
      steps = reports.indices.dropFirst().map { index in
        Step(
          method: reports[index].name, accepted: index == chosen, reason: reports[index].reason,
          before: reports[0], after: reports[index])
      }
    }

    var text: String {
      let all = steps.prefix(1).map(\.before) + steps.map(\.after)
      let table = CandidateTable(all, chosen: steps.first(where: \.accepted)?.method).text
      return table + (artifact.map { "\nmodel  \($0)\n" } ?? "")
    }
  }
}

extension CandidateKind: ExpressibleByArgument {}
