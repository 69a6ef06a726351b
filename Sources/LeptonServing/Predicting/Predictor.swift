import Foundation
package import LeptonCompiler
package import LeptonGraph
package import LeptonRuntime
package import LeptonValues

/// Runs a classifier or regressor over examples, with the graph that was evaluated.
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

  package init(_ model: Model, count: Int, precision: Precision, options: CompileOptions) throws {
    batch = max(1, min(32, count))
    let model = try model.withBatch(batch)
    type = try ModelInput(model).type
    isRegression = model.facts.task == "regression"
    guard model.graph.dataOutputs.count == 1 else {
      throw LeptonError(
        .badInput, "it has \(model.graph.dataOutputs.count) outputs", at: model.facts.name,
        fix: "run it with lepton infer")
    }
    session = try Session(model, precision: precision, options: options)
  }

  package func predictions(of examples: [TensorData]) throws -> [Prediction] {
    var predictions: [Prediction] = []
    for start in stride(from: 0, to: examples.count, by: batch) {
      let rows = Array(examples[start..<min(start + batch, examples.count)])
      let values = try session.run([stacked(rows)])[0].doubles
      let width = values.count / batch
      for row in rows.indices {
        predictions.append(
          Prediction(
            Array(values[(row * width)..<((row + 1) * width)]), isRegression: isRegression))
      }
    }
    return predictions
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
