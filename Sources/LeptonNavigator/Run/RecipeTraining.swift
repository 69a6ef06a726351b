import Foundation
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
    let earlier = try earlier(checkpoints, onEvent)
    var log = try TrainingLog(folder, history: earlier?.history ?? [])
    var saved = earlier?.place
    func save(_ checkpoint: TrainingCheckpoint) throws {
      guard checkpoint.place != saved else { return }
      let place = try checkpoints.save(checkpoint)
      saved = checkpoint.place
      onEvent(.checkpoint(step: checkpoint.state.stepCount, folder: place))
    }
    let start = try StartingModel(recipe, parts)
    for note in start.notes { onEvent(.note(note)) }
    onEvent(.model(ModelSummary(start.model)))
    let epochs = counted(recipe.training.epochs, "epoch")
    onEvent(.stage("training: \(epochs) of \(parts.train.count) examples"))
    var result = try Trainer.fit(
      start.trained, train: parts.train, validation: parts.validation,
      configuration: recipe.training,
      backend: backend, options: recipe.compileOptions, resuming: earlier,
      cancellation: cancellation, onProgress: { onEvent(.training($0)) }
    ) { checkpoint in
      try save(checkpoint)
      if let trouble = log.update(checkpoint.history) { onEvent(.note(trouble)) }
    }
    if result.ending == .interrupted { try save(result.checkpoint) }
    result.model = start.model.with(trained: result.model)
    return result
  }

  /// Where to go on, if anywhere.
  private func earlier(
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

  /// What training starts from: it takes examples as they are stored.
  ///
  /// - Throws: `LeptonError` where data and network do not fit, or a file cannot be read.
  public func model() throws -> Model { try StartingModel(recipe, parts).model }
}

extension TrainingCheckpoint {
  /// Steps, epochs and steps of the epoch that are done: two of a run with the same are equal.
  fileprivate var place: [Int] { [state.stepCount, epoch, step] }
}
