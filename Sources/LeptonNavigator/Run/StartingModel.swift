import Foundation
import Lepton
import LeptonData
import LeptonGraph
import LeptonTraining
import LeptonValues

/// What a training starts from: a fresh network or that of a file, which takes examples as they are stored.
struct StartingModel {
  let model: Model
  /// The form of it that is trained.
  let trained: Model
  /// What was decided on the way, a sentence each.
  let notes: [String]

  /// - Throws: `LeptonError` of kind `badInput` where data and network do not fit.
  init(_ recipe: Recipe, _ parts: DataParts) throws {
    var network = try Network(recipe, parts)
    var model: Model
    switch parts.train.kind {
    case .image: model = try network.forImages(parts)
    case .table: model = try network.forTables(parts)
    case .tensor: model = try network.forTensors(parts)
    }
    notes = network.notes
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
    if let file = recipe.model.file {
      model.facts.lineage["parent"] = file.path
      model.facts.lineage["parent.sha256"] = try SHA256.hex(ofFile: file.path)
    }
    self.model = model
    trained = recipe.model.file?.trainable == .head ? try model.trainingHeadOnly() : model
  }
}

/// Makes the network and puts what the data need before it.
private struct Network {
  private let recipe: Recipe
  private let train: Dataset
  /// Where the network comes from a file.
  private var file: FineTuning?

  var notes: [String] { file?.notes ?? [] }

  init(_ recipe: Recipe, _ parts: DataParts) throws {
    self.recipe = recipe
    train = parts.train
    file = try recipe.model.file.map(FineTuning.init)
  }

  private mutating func model(_ example: Shape) throws -> Model {
    if file != nil {
      return try file!.network(example, for: train, seed: recipe.training.seed)
    }
    return try recipe.model.network(for: train.kind).model(
      example: example, outputs: train.classes.count, seed: recipe.training.seed)
  }

  mutating func forImages(_ parts: DataParts) throws -> Model {
    if let file, file.takesPixels {
      var model = try model(train.exampleShape)
      model.facts.preprocessing = file.facts.preprocessing
      return model
    }
    let statistics = Normalisation(of: train)
    let (mean, std) = (
      recipe.model.file?.mean?.map { $0 * 255 } ?? statistics.mean.map(Double.init),
      recipe.model.file?.std?.map { $0 * 255 } ?? statistics.deviation.map(Double.init)
    )
    var model = try model(train.exampleShape).withImagePreprocessing(mean: mean, std: std)
    model.facts.preprocessing = [
      "in_graph": "(x - mean) / std", "mean": "\(mean)", "std": "\(std)",
    ]
    return model
  }

  mutating func forTables(_ parts: DataParts) throws -> Model {
    let schema =
      parts.schema ?? TableSchema(numeric: train.featureNames, classes: train.classes)
    if let known = file?.facts.preprocessing[TableSchema.factsKey] {
      guard known == schema.json else {
        throw LeptonError(
          .badInput, "the columns of the data are not those that the model was trained on",
          at: recipe.data.spec, fix: "train on the same columns and categories, or a fresh network")
      }
      var model = try model(train.exampleShape)
      model.facts.preprocessing = file?.facts.preprocessing ?? [:]
      return model
    }
    let preprocessing = TablePreprocessing(schema, train)
    var model = try model([preprocessing.width]).withTablePreprocessing(preprocessing)
    model.facts.preprocessing = [
      "in_graph": preprocessing.summary, TableSchema.factsKey: schema.json,
    ]
    return model
  }

  mutating func forTensors(_ parts: DataParts) throws -> Model {
    guard file != nil else {
      throw LeptonError(
        .badInput,
        "architectures take images or tables, and examples are tensors "
          + "\(train.features.dtype)\(train.exampleShape)",
        at: recipe.data.spec,
        fix: "give u8[N, H, W], u8[N, C, H, W] or a table [N, F], or a model.file that takes them")
    }
    return try model(train.exampleShape)
  }
}
