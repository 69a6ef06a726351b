import Foundation
import Lepton
import LeptonCPU
import LeptonData
public import LeptonGraph
public import LeptonRuntime
public import LeptonTraining
import LeptonValues

/// The training of a recipe in a run folder: the resolved recipe, checkpoints, and the curves of each epoch.
///
/// ```swift
/// let result = try RecipeTraining(recipe, parts, in: folder).execute()
/// try result.model.writeONNX(to: folder.artifact)
/// ```
///
/// Checkpoints are saved after each epoch, as `training.checkpoints` says, and on cancellation.
public struct RecipeTraining: Sendable {
  public var recipe: Recipe
  public var parts: DataParts
  public var folder: RunFolder
  /// Goes on from the folder's newest checkpoint, if there is one.
  public var resumes = false
  public var cancellation = Cancellation()
  public var backend: any Backend = CPUBackend()

  public init(_ recipe: Recipe, _ parts: DataParts, in folder: RunFolder) {
    self.recipe = recipe
    self.parts = parts
    self.folder = folder
  }

  /// Trains; where it was cancelled, saves a checkpoint and answers what was reached.
  ///
  /// - Throws: `LeptonError` as `Trainer.fit`; of kind `io` where a checkpoint cannot be saved,
  ///   `infeasible` where another process trains in the folder.
  public func execute(_ onEvent: (RunEvent) -> Void = { _ in }) throws -> TrainingResult {
    try withoutActuallyEscaping(onEvent) { try train($0) }
  }

  private func train(_ onEvent: @escaping (RunEvent) -> Void) throws -> TrainingResult {
    let lock = try FolderLock(folder.url.path)
    defer { withExtendedLifetime(lock) {} }
    var checkpoints = CheckpointFolder(folder.checkpoints.path)
    checkpoints.kept = recipe.training.checkpoints.kept
    try folder.begin(recipe)
    try checkpoints.prepare()
    let earlier = try start(checkpoints, onEvent)
    var log = try TrainingLog(folder, history: earlier?.history ?? [])
    var saved = earlier?.place
    func save(_ checkpoint: TrainingCheckpoint) throws {
      guard checkpoint.place != saved else { return }
      let place = try checkpoints.save(checkpoint)
      saved = checkpoint.place
      onEvent(.checkpoint(step: checkpoint.state.stepCount, folder: place))
    }
    let model = try model()
    onEvent(.model(ModelSummary(model)))
    let epochs = "\(recipe.training.epochs) epoch\(recipe.training.epochs == 1 ? "" : "s")"
    onEvent(.stage("training: \(epochs) of \(parts.train.count) examples"))
    let result = try Trainer.fit(
      model, train: parts.train, validation: parts.validation, configuration: recipe.training,
      backend: backend, options: recipe.compileOptions, resuming: earlier,
      cancellation: cancellation, onProgress: { onEvent(.training($0)) }
    ) { checkpoint in
      try save(checkpoint)
      if let trouble = log.update(checkpoint.history) { onEvent(.note(trouble)) }
    }
    if result.ending == .interrupted { try save(result.checkpoint) }
    return result
  }

  /// Where to go on, if anywhere.
  private func start(
    _ checkpoints: CheckpointFolder, _ onEvent: (RunEvent) -> Void
  ) throws -> TrainingCheckpoint? {
    guard resumes else {
      if let place = try checkpoints.moveAside() {
        onEvent(.note("the folder has checkpoints of an earlier run: they are now in \(place)"))
      }
      return nil
    }
    let earlier = try checkpoints.load { damage in
      onEvent(.note("a checkpoint is passed over for an earlier one: \(damage)"))
    }
    onEvent(
      .note(
        earlier.map { "going on after step \($0.state.stepCount), in epoch \($0.epoch + 1)" }
          ?? "there is no checkpoint yet: training starts at its beginning"))
    return earlier
  }

  /// A fresh network that takes examples as they are stored; its statistics are those of the training part.
  public func model() throws -> Model {
    var model: Model
    switch parts.train.kind {
    case .image: model = try imageModel()
    case .table: model = try tableModel()
    case .tensor:
      throw LeptonError(
        .badInput,
        "architectures take images or tables, and examples are tensors "
          + "\(parts.train.features.dtype)\(parts.train.exampleShape)",
        at: recipe.data.spec, fix: "give u8[N, H, W], u8[N, C, H, W] or a table [N, F]")
    }
    model.facts.name = recipe.name
    model.facts.labels = parts.train.classes
    model.facts.task = "classification"
    model.facts.preprocessing["kind"] = parts.train.kind.rawValue
    model.facts.preprocessing["example"] =
      "\(parts.train.features.dtype)\(parts.train.exampleShape)"
    model.facts.lineage = [
      "recipe": recipe.name, "architecture": recipe.model.name(for: parts.train.kind),
      "data": recipe.data.spec,
      "data.train": parts.train.fingerprint, "seed": "\(recipe.training.seed)",
    ]
    return model
  }

  private func network(_ example: Shape) throws -> Model {
    try recipe.model.network(for: parts.train.kind).model(
      example: example, outputs: parts.train.classes.count, seed: recipe.training.seed)
  }

  private func imageModel() throws -> Model {
    let statistics = Normalisation(of: parts.train)
    let (mean, std) = (statistics.mean.map(Double.init), statistics.deviation.map(Double.init))
    var model = try network(parts.train.exampleShape)
      .withImagePreprocessing(mean: mean, std: std)
    model.facts.preprocessing = [
      "in_graph": "(x - mean) / std", "mean": "\(mean)", "std": "\(std)",
    ]
    return model
  }

  private func tableModel() throws -> Model {
    let train = parts.train
    let schema =
      parts.schema ?? TableSchema(numeric: train.featureNames, classes: train.classes)
    let preprocessing = TablePreprocessing(schema, train)
    var model = try network([preprocessing.width]).withTablePreprocessing(preprocessing)
    model.facts.preprocessing = [
      "in_graph": preprocessing.summary, TableSchema.factsKey: schema.json,
    ]
    return model
  }
}

extension TrainingCheckpoint {
  /// Steps, epochs and steps of the epoch that are done: two of a run with the same are equal.
  fileprivate var place: [Int] { [state.stepCount, epoch, step] }
}
