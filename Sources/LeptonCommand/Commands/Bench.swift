import ArgumentParser
import Foundation
import LeptonNavigator

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

  @Flag(help: "First measure which algorithm is quickest for convolutions not measured before.")
  var tune = false

  @Option(help: "Write one mean run here for chrome://tracing or Perfetto; implies --profile.")
  var trace: String?

  @Option(help: "Write a page with a picture of where the time goes; implies --profile.")
  var html: String?

  var profiles: Bool { profile || trace != nil || html != nil }

  /// The files that were asked for.
  func write(_ profile: RunProfile, _ page: @autoclosure () -> ProfilePage) throws {
    if let trace { try ChromeTrace(profile).write(to: URL(fileURLWithPath: trace)) }
    if let html { try page().write(to: URL(fileURLWithPath: html)) }
  }

  mutating func validate() throws {
    guard seconds >= 0, seconds.isFinite else {
      throw ValidationError("--seconds is \(seconds). Please provide 0 or more.")
    }
  }
}
