import ArgumentParser
import Foundation

/// `lepton bench`: how fast a model runs, or how fast an architecture trains.
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure the speed of a model, or of training.",
    discussion: """
      lepton bench model.onnx --batch 8 --profile
      lepton bench train lenet --batch 64
      """,
    subcommands: [BenchModel.self, BenchTrain.self], defaultSubcommand: BenchModel.self)
}

/// What every measurement can be told.
struct MeasuringOptions: ParsableArguments {
  @Option(help: "Seconds to measure for.")
  var seconds = 3.0

  @Flag(help: "Also where the time goes, step by step.")
  var profile = false

  @Option(help: "Write one mean run here for chrome://tracing or Perfetto; implies --profile.")
  var trace: String?

  var profiles: Bool { profile || trace != nil }

  func writeTrace(of table: ProfileTable) throws {
    guard let trace else { return }
    try ChromeTrace(table).write(to: URL(fileURLWithPath: trace))
  }

  mutating func validate() throws {
    guard seconds >= 0, seconds.isFinite else {
      throw ValidationError("--seconds is \(seconds). Please provide 0 or more.")
    }
  }
}
