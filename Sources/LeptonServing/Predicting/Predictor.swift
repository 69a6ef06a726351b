import Foundation
package import Lepton
package import LeptonCompiler
package import LeptonGraph
package import LeptonRuntime
package import LeptonValues

/// Runs a classifier, regressor or detector over examples, with the graph that was evaluated.
package struct Predictor {
  /// What the model says of one example.
  package struct Prediction {
    /// Probabilities of the classes; empty for regression.
    package let probabilities: [Double]
    /// The outputs as they are.
    package let outputs: [Double]
  }

  private let session: Session
  private let batch: Int
  private let type: TensorType
  private let isRegression: Bool
  /// Of detectors.
  private let decoder: BoxDecoder?

  package init(_ model: Model, count: Int, precision: Precision, options: CompileOptions) throws {
    decoder = try model.facts.detection.map { try BoxDecoder($0, of: model) }
    var model = try Self.sized(model, count: max(1, min(32, count)))
    if model.batch > 1 {
      let trial = try ExampleIndependence(
        model.withBatch(1), precision: precision, options: options)
      if try !trial.holds() { model = try model.withBatch(1) }
    }
    type = try ModelInput(model).type
    batch = type.shape[0]
    isRegression = model.facts.task == "regression"
    guard model.graph.dataOutputs.count == 1 else {
      throw LeptonError(
        .badInput, "it has \(model.graph.dataOutputs.count) outputs", at: model.facts.name,
        fix: "run it with lepton infer")
    }
    session = try Session(model, precision: precision, options: options)
  }

  /// The model for `count` examples at once; for one where it holds to that.
  private static func sized(_ model: Model, count: Int) throws -> Model {
    func isSized(_ model: Model) -> Bool {
      model.graph.dataOutputs.allSatisfy { model.graph.type(of: $0.value).shape.first == count }
    }
    if count > 1, let many = try? model.withBatch(count), isSized(many) { return many }
    return try model.withBatch(1)
  }

  package func predictions(of examples: [TensorData]) throws -> [Prediction] {
    try outputs(of: examples) { output, count in
      let values = output.doubles
      let width = values.count / batch
      return (0..<count).map { row in
        Prediction(Array(values[(row * width)..<((row + 1) * width)]), isRegression: isRegression)
      }
    }
  }

  /// What a detector finds in each example, best first, in pixels of its input.
  package func boxes(of examples: [TensorData]) throws -> [[FoundBox]] {
    guard let decoder else { return examples.map { _ in [] } }
    return try outputs(of: examples) { output, count in
      Array(decoder.boxes(in: output).prefix(count))
    }
  }

  /// Runs the examples in batches; `answers` makes of an output those of its first examples.
  private func outputs<Answer>(
    of examples: [TensorData], _ answers: (TensorData, Int) throws -> [Answer]
  ) throws -> [Answer] {
    var all: [Answer] = []
    for start in stride(from: 0, to: examples.count, by: batch) {
      let rows = Array(examples[start..<min(start + batch, examples.count)])
      all += try answers(session.run([stacked(rows)])[0], rows.count)
    }
    return all
  }

  /// The examples one after the other; a batch that is not full is filled up with zeros.
  private func stacked(_ rows: [TensorData]) -> TensorData {
    var data = TensorData(zeros: type)
    data.withUnsafeMutableBytes { bytes in
      var offset = 0
      for row in rows {
        row.withUnsafeBytes { source in
          UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<(offset + row.type.byteCount)])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<row.type.byteCount]))
        }
        offset += row.type.byteCount
      }
    }
    return data
  }
}

extension Predictor.Prediction {
  /// What the outputs of one example mean: nothing more for regression, else the classes' probabilities by softmax, or by
  /// the logistic function where there is one output.
  package init(_ outputs: [Double], isRegression: Bool) {
    self.outputs = outputs
    if isRegression {
      probabilities = []
    } else if outputs.count == 1 {
      let positive = 1 / (1 + exp(-outputs[0]))
      probabilities = [1 - positive, positive]
    } else {
      let largest = outputs.max() ?? 0
      let weights = outputs.map { exp($0 - largest) }
      let sum = weights.reduce(0, +)
      probabilities = weights.map { $0 / sum }
    }
  }
}
