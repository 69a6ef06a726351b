import LeptonData
public import LeptonGraph
import LeptonValues

extension Model {
  /// Whether a batch of `dataset` is what the model takes. Throws what does not fit.
  func checkFits(_ dataset: Dataset) throws {
    let inputs = graph.dataInputs
    guard let port = inputs.first, inputs.count == 1 else {
      throw LeptonError(
        .badInput, "model \(graph.name) has \(inputs.count) inputs, the data have one",
        fix: "drive TrainingRun.step with batches of your own")
    }
    let type = graph.type(of: port.value)
    let example = Shape(Array(type.shape.dropFirst()))
    guard example == dataset.exampleShape else {
      throw LeptonError(
        .badInput, "the model takes examples \(example), the data have \(dataset.exampleShape)",
        at: dataset.origin, fix: "build the model for the shape of the data")
    }
    guard type.dtype == dataset.features.dtype else {
      throw LeptonError(
        .badInput, "the model takes \(type.dtype), the data are \(dataset.features.dtype)",
        at: dataset.origin,
        fix: dataset.features.dtype == .u8
          ? "add Model.withImagePreprocessing(mean:std:)" : "")
    }
  }

  /// With the names of the classes, where it has none.
  func describing(_ dataset: Dataset) throws -> Model {
    var model = self
    if model.facts.labels.isEmpty { model.facts.labels = dataset.classes }
    if model.facts.task.isEmpty {
      let output = graph.type(of: try graph.onlyDataOutput())
      model.facts.task =
        output.shape.elementCount == output.shape.first ? "binary" : "classification"
    }
    return model
  }
}

extension Loss {
  /// Binary cross-entropy for one output for each example, cross-entropy for several.
  public static func fitting(_ model: Model) throws -> Loss {
    let shape = model.graph.type(of: try model.graph.onlyDataOutput()).shape
    return shape.elementCount == shape.first ? .binaryCrossEntropy : .crossEntropy
  }
}
