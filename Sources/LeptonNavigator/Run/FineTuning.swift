import Foundation
import LeptonData
import LeptonGraph
import LeptonONNX
import LeptonOps
import LeptonTraining
import LeptonValues

/// A model from a file, made ready to be trained on the data of a recipe.
struct FineTuning {
  let plan: Recipe.ModelPlan.File
  /// As it is in the file, in its training form.
  private let source: Model
  /// What was decided on the way, a sentence each.
  private(set) var notes: [String] = []

  /// - Throws: `LeptonError`: `io` where the file cannot be read, `badInput` where it is nothing that can be trained.
  init(_ plan: Recipe.ModelPlan.File) throws {
    self.plan = plan
    let file = URL(fileURLWithPath: plan.path)
    var importer = ONNXImporter()
    importer.restoresTraining = true
    importer.openExtent = ModelExport.openExtent
    let model = try importer.model(at: file)
    guard !model.isQuantized else {
      throw LeptonError(
        .badInput, "the model is quantised, and rounding has no gradient", at: plan.path,
        fix: "train the model that it was made of, and compress it again")
    }
    if let batch = model.facts.batch {
      throw LeptonError(
        .badInput, "what the model computes depends on the number of examples, which is \(batch)",
        at: plan.path, fix: "export it with its first axis open, and nothing that mixes examples")
    }
    guard !model.graph.parameters.isEmpty else {
      throw LeptonError(
        .badInput, "the model has no parameters that could be trained", at: plan.path,
        fix: "export it with its weights as initializers")
    }
    guard let last = model.probabilities else {
      source = model
      return
    }
    source = try model.endingInLogits()
    let name = type(of: last).name
    guard !(last is LeptonOps.Sigmoid) || source.outputCount == 1 else {
      throw LeptonError(
        .badInput,
        "the model ends in a sigmoid of several labels, the classes of data exclude each "
          + "other", at: plan.path, fix: "export it without the sigmoid, or with a softmax")
    }
    notes.append("\(plan.path): without the \(name) at its end; the new model answers logits")
  }

  /// Whether the file does the preprocessing of images itself, and takes pixels.
  var takesPixels: Bool {
    source.graph.dataInputs.count == 1
      && source.graph.type(of: source.graph.dataInputs[0].value).dtype == .u8
  }

  /// The facts that the file brings.
  var facts: Model.Facts { source.facts }

  /// The network for examples of a shape, of `dataset`'s classes.
  ///
  /// - Throws: `LeptonError` of kind `badInput` where model and data do not fit.
  mutating func network(_ example: Shape, for dataset: Dataset, seed: UInt64) throws -> Model {
    try checkInput(example, dataset)
    var model = try source.sized(for: example)
    if try needsNewHead(dataset) {
      model = try model.withNewHead(classes: dataset.classes.count, seed: seed)
      notes.append(
        "\(plan.path): a new last layer decides between \(dataset.classes.count) classes")
    }
    model.facts = Model.Facts()
    return model
  }

  private func checkInput(_ example: Shape, _ dataset: Dataset) throws {
    let inputs = source.graph.dataInputs
    guard let port = inputs.first, inputs.count == 1 else {
      throw LeptonError(
        .badInput, "the model has \(inputs.count) inputs, the data have one", at: plan.path,
        fix: "export it with one input")
    }
    let shape = source.graph.type(of: port.value).shape
    let taken = Shape(Array(shape.dropFirst()))
    let open = source.facts.openExtents[port.name] ?? [:]
    let fits =
      taken.rank == example.rank
      && taken.indices.allSatisfy { open[$0 + 1] != nil || taken[$0] == example[$0] }
    // Images with channels last are turned by what is put before the network.
    let isTurned =
      dataset.kind == .image && taken.rank == 3 && example.rank == 3
      && Array(taken) == [example[1], example[2], example[0]]
    guard shape.rank > 0, fits || isTurned else {
      let size = "[\(taken.suffix(2).map(String.init).joined(separator: ", "))]"
      throw LeptonError(
        .badInput, "the model takes examples \(taken), the data are \(example)", at: plan.path,
        fix: dataset.kind == .image && taken.rank == 3 && taken[0] == example[0]
          ? "bring the images to its size: data.image_size: \(size)"
          : dataset.kind == .image && taken.rank == 3 && taken.suffix(2) == example.suffix(2)
            ? "bring the images to its channels: data.colour: \(taken[0] == 1 ? "grey" : "rgb")"
            : "take data of the model's shape")
    }
  }

  private func needsNewHead(_ dataset: Dataset) throws -> Bool {
    let count = source.outputCount
    // One number tells two classes apart.
    let fits = count == dataset.classes.count || (count == 1 && dataset.classes.count == 2)
    let sameNames = facts.labels.isEmpty || facts.labels == dataset.classes
    switch plan.head {
    case .auto: return !fits || !sameNames
    case .new: return true
    case .keep:
      guard fits else {
        throw LeptonError(
          .badInput,
          "the model has \(count) outputs, the data have \(dataset.classes.count) classes",
          at: plan.path, fix: "take a new last layer: model.head: new")
      }
      return false
    }
  }
}

extension Model {
  /// Numbers that it answers for an example.
  fileprivate var outputCount: Int {
    let output = graph.dataOutputs.first.map { graph.type(of: $0.value).shape } ?? []
    return output.rank == 2 ? output[1] : 1
  }

  /// The same for examples of this shape, where the file left extents open.
  fileprivate func sized(for example: Shape) throws -> Model {
    guard let port = graph.dataInputs.first, facts.openExtents[port.name] != nil else {
      return self
    }
    var type = graph.type(of: port.value)
    type.shape = Shape([type.shape[0]] + example.extents)
    return Model(graph: try graph.specialized([port.name: type]), weights: weights, facts: facts)
  }
}
