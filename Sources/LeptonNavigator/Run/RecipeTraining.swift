import Foundation
import Lepton
import LeptonCPU
import LeptonData
public import LeptonGraph
public import LeptonRuntime
public import LeptonTraining
import LeptonValues

/// The training of a recipe in a run folder: a checkpoint, a line of `metrics.jsonl` and TensorBoard's points for each
/// epoch.
///
/// ```swift
/// let result = try RecipeTraining(recipe, parts, in: folder).execute()
/// try result.model.writeONNX(to: folder.artifact)
/// ```
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

  /// - Throws: `LeptonError`: of kind `interrupted`, with a checkpoint saved, where it was cancelled.
  public func execute(_ onEvent: (RunEvent) -> Void = { _ in }) throws -> TrainingResult {
    let checkpoints = CheckpointFolder(folder.checkpoints.path)
    let earlier = resumes ? try checkpoints.load() : nil
    let log = try TrainingLog(folder, history: earlier?.history ?? [])
    let model = try model()
    onEvent(.model(ModelSummary(model)))
    onEvent(.stage("training: \(recipe.training.epochs) epochs of \(parts.train.count) examples"))
    let result = try Trainer.fit(
      model, train: parts.train, validation: parts.validation, configuration: recipe.training,
      backend: backend, options: recipe.compileOptions, resuming: earlier,
      cancellation: cancellation, onProgress: { onEvent(.training($0)) }
    ) { checkpoint in
      try checkpoints.save(checkpoint)
      if let record = checkpoint.history.last { try log.append(record) }
    }
    guard result.ending != .interrupted else {
      try checkpoints.save(result.checkpoint)
      throw LeptonError(
        .interrupted, "training was interrupted in epoch \(result.history.count + 1)",
        at: folder.url.path, fix: "resume it from this folder")
    }
    return result
  }

  /// A fresh network that takes examples as they are stored; its statistics are those of the training part.
  public func model() throws -> Model {
    var model = parts.train.kind == .image ? try imageModel() : try tableModel()
    model.facts.name = recipe.name
    model.facts.labels = parts.train.classes
    model.facts.task = "classification"
    model.facts.preprocessing["kind"] = parts.train.kind.rawValue
    model.facts.preprocessing["example"] =
      "\(parts.train.features.dtype)\(parts.train.exampleShape)"
    model.facts.lineage = [
      "recipe": recipe.name, "architecture": recipe.architecture, "data": recipe.data.spec,
      "data.train": parts.train.fingerprint, "seed": "\(recipe.training.seed)",
    ]
    return model
  }

  private func network(_ example: Shape) throws -> Model {
    try recipe.model.network().model(
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
