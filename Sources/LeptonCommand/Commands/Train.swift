import ArgumentParser
import Foundation
import LeptonData
import LeptonGraph
import LeptonNavigator
import LeptonONNX
import LeptonTraining
import LeptonValues

/// `lepton train`: the training of a recipe alone.
struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train as a recipe says, and save the model.",
    discussion: "lepton train Recipes/digits.yml --fast-dev-run")

  @OptionGroup var recipe: RecipeOptions
  @Flag(help: "One step of one epoch, to see that everything works.")
  var fastDevRun = false
  @OptionGroup var reporting: Reporting

  func run() throws {
    Interrupts.install(reporting)
    let settings = fastDevRun ? ["training.epochs=1", "training.step_limit=1"] : []
    let recipe = try recipe.read(settings: settings)
    let log = ProgressLog(reporting)
    log.stage("data: \(recipe.data.spec)")
    let parts = try DataParts(recipe.data)
    let folder = try folder(recipe)
    var training = RecipeTraining(recipe, parts, in: folder)
    training.resumes = self.recipe.resume != nil
    training.cancellation = Interrupts.cancellation
    log.stage("training: \(recipe.architecture) on \(parts.summary)")
    let result: TrainingResult
    do {
      result = try training.execute(log.event)
    } catch {
      log.finish()
      throw error
    }
    log.finish()
    guard result.ending != .interrupted else {
      reporting.show(Trained(result, artifact: nil))
      let error = LeptonError(
        .interrupted, "training was interrupted after \(result.checkpoint.state.stepCount) steps",
        at: folder.url.path)
      throw self.recipe.explained(error, command: "train")
    }
    try result.model.writeONNX(to: folder.artifact)
    reporting.show(Trained(result, artifact: folder.artifact.path))
  }

  private func folder(_ recipe: Recipe) throws -> RunFolder {
    try self.recipe.folder.map(RunFolder.init(creating:))
      ?? RunFolder.next(named: recipe.name, in: URL(fileURLWithPath: "runs", isDirectory: true))
  }

  struct Trained: Answer {
    /// Nil where it was interrupted.
    let artifact: String?
    /// That were finished.
    let epochs: Int
    let steps: Int
    let best: EpochRecord?
    let samplesPerS: Double
    let seconds: Double
    let parameters: Int
    let ending: String

    init(_ result: TrainingResult, artifact: String?) {
      self.artifact = artifact
      epochs = result.history.count
      steps = result.checkpoint.state.stepCount
      best = result.best
      let speeds = result.history.map(\.samplesPerSecond).sorted()
      samplesPerS = speeds.isEmpty ? 0 : speeds[speeds.count / 2]
      seconds = result.history.reduce(0) { $0 + $1.seconds }
      parameters = result.model.parameterCount
      ending = result.ending.rawValue
    }

    var text: String {
      var table = Table([("", .left), ("", .left)])
      table.add([
        "training",
        "\(ending) after \(epochs) epochs, \(Figures.count(steps)) steps"
          + (epochs > 0 ? ", \(ProgressLine.duration(seconds))" : ""),
      ])
      if let best {
        let accuracy = best.validationAccuracy ?? best.trainAccuracy
        table.add([
          "best epoch",
          "\(best.epoch): loss \(Figures.digits(best.monitoredLoss))"
            + (accuracy.map { ", accuracy \(Figures.accuracy($0))" } ?? ""),
        ])
      }
      if epochs > 0 { table.add(["throughput", "\(Figures.count(Int(samplesPerS))) samples/s"]) }
      table.add(["parameters", Figures.count(parameters)])
      if let artifact {
        table.add(["model", artifact])
        table.add(["next", "lepton predict \(artifact) FILE..."])
      }
      return "\n" + table.body()
    }
  }
}
