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
  @OptionGroup var reporting: Reporting

  func run() throws {
    Interrupts.install(reporting)
    let recipe = try recipe.read()
    try recipe.model.verify()
    let log = ProgressLog(reporting)
    log.stage("data: \(recipe.data.spec)")
    let parts = try DataParts(recipe.data)
    log.event(.data(parts))
    let folder = try folder(recipe)
    var training = RecipeTraining(recipe, parts, in: folder)
    training.resumes = self.recipe.resume != nil
    training.cancellation = Interrupts.cancellation
    let result: TrainingResult
    do {
      result = try training.execute(log.event)
    } catch {
      log.finish()
      throw error
    }
    log.finish()
    guard result.ending != .interrupted else {
      reporting.show(Trained(result, folder, isWhole: false))
      let error = LeptonError(
        .interrupted, "training was interrupted after \(result.checkpoint.state.stepCount) steps",
        at: folder.url.path)
      throw self.recipe.explained(error, command: "train")
    }
    try ModelExport(result.model).write(to: folder.artifact)
    reporting.show(Trained(result, folder, isWhole: true))
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
    let last: EpochRecord?
    let samplesPerS: Double
    let seconds: Double
    let parameters: Int
    let peakRssBytes: Int
    let ending: String
    let metrics: String
    let checkpoints: String

    /// - Parameter isWhole: whether the artifact was written.
    init(_ result: TrainingResult, _ folder: RunFolder, isWhole: Bool) {
      artifact = isWhole ? folder.artifact.path : nil
      metrics = folder.metrics.path
      checkpoints = folder.checkpoints.path
      epochs = result.history.count
      steps = result.checkpoint.state.stepCount
      (best, last) = (result.best, result.history.last)
      let speeds = result.history.map(\.samplesPerSecond).sorted()
      samplesPerS = speeds.isEmpty ? 0 : speeds[speeds.count / 2]
      seconds = result.history.reduce(0) { $0 + $1.seconds }
      parameters = result.model.parameterCount
      peakRssBytes = PeakMemory.bytes
      ending = result.ending.rawValue
    }

    var text: String {
      var table = Table([("", .left), ("", .prose)])
      let memory = ", at most \(Figures.bytes(peakRssBytes)) of memory"
      let speed =
        epochs > 0
        ? ", \(ProgressLine.duration(seconds)), \(Figures.count(Int(samplesPerS))) examples/s" : ""
      table.add([
        "training",
        "\(ending) after \(counted(epochs, "epoch")), \(Figures.count(steps)) steps\(speed)\(memory)",
      ])
      if let artifact { table.add(["model", artifact]) }
      table.add(["metrics", metrics])
      table.add(["checkpoints", checkpoints])
      if let artifact { table.add(["next", "lepton predict \(artifact) FILE..."]) }
      return "\n" + (epochs > 0 ? epochTable + "\n" : "") + table.body()
    }

    /// The best epoch, whose weights the model has, beside the last.
    private var epochTable: String {
      var table = Table([
        ("epoch", .left), ("train loss", .right), ("accuracy", .right),
        ("validation loss", .right), ("accuracy", .right),
      ])
      func add(_ name: String, _ record: EpochRecord) {
        table.add([
          "\(name) \(record.epoch)", Figures.digits(record.trainLoss),
          record.trainAccuracy.map(Figures.accuracy) ?? "-",
          record.validationLoss.map(Figures.digits) ?? "-",
          record.validationAccuracy.map(Figures.accuracy) ?? "-",
        ])
      }
      if let best { add("best", best) }
      if let last { add("last", last) }
      return table.text()
    }
  }
}
