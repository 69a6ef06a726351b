import ArgumentParser
import Foundation
import LeptonNavigator
import LeptonValues

/// The recipe that a command follows, and where its run is kept.
struct RecipeOptions: ParsableArguments {
  @Argument(
    help: "A YAML file; can be left out with --resume.", completion: .file(extensions: ["yml"]))
  var recipe: String?

  @OptionGroup var settings: SettingOptions

  @Flag(help: "Direct kernels for all convolutions: deterministic_algorithms of the recipe.")
  var deterministicAlgorithms = false

  @Flag(help: "One step of one epoch and a moment's measuring, to see that everything works.")
  var fastDevRun = false

  @Option(help: "The folder of the run; the next free one in runs by default.")
  var output: String?

  @Option(
    help: ArgumentHelp("Go on in the folder of an interrupted run.", valueName: "folder"),
    completion: .directory)
  var resume: String?

  mutating func validate() throws {
    if recipe == nil, resume == nil {
      throw ValidationError("Missing expected argument '<recipe>'")
    }
    if output != nil, resume != nil {
      throw ValidationError("--output and --resume name two folders. Please provide one of them.")
    }
  }

  /// Reads the recipe: that of the run to resume where none is named.
  func read() throws -> Recipe {
    if let resume, !FileManager.default.fileExists(atPath: "\(resume)/config.yaml") {
      throw LeptonError(
        .usage, "there is no run to go on with in '\(resume)'", at: "--resume",
        fix: "name the folder of an interrupted run")
    }
    let path = recipe ?? (resume.map { ($0 as NSString).appendingPathComponent("config.yaml") })!
    var recipe = try Recipe(
      file: URL(fileURLWithPath: path),
      settings: settings.set + (deterministicAlgorithms ? ["deterministic_algorithms=true"] : [])
        + (fastDevRun ? Self.brief : []),
      environment: ProcessInfo.processInfo.environment)
    if !recipe.deterministicAlgorithms { recipe.measuredAlgorithms = KnownAlgorithms.measured }
    return recipe
  }

  private static let brief = [
    "training.epochs=1", "training.step_limit=1", "compression.calibration.examples=32",
  ]

  /// Nil for the next free folder.
  var folder: URL? { (resume ?? output).map { URL(fileURLWithPath: $0, isDirectory: true) } }

  /// The error with the command that goes on, where it was an interruption.
  func explained(_ error: any Error, command: String) -> any Error {
    guard var error = error as? LeptonError, error.kind == .interrupted else { return error }
    error.fix = "go on with lepton \(command) --resume \(error.place)"
    return error
  }
}
