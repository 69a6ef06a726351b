import Foundation
import LeptonCPU
import LeptonCompiler
import LeptonData
import LeptonGraph
import LeptonRuntime
import LeptonValues

/// The outputs of a model for every example of a data set.
struct ModelOutputs {
  /// Numbers for each example.
  let width: Int
  let values: [Float]

  init(
    of model: Model, on data: Dataset, precision: Precision, batch: Int, backend: any Backend,
    options: CompileOptions
  ) throws {
    let batch = max(1, min(batch, data.count))
    let session = try Session(
      model.withBatch(batch), precision: precision, backend: backend, options: options)
    var values: [Float] = []
    var width = 0
    for start in stride(from: 0, to: data.count, by: batch) {
      let rows = Array(start..<min(start + batch, data.count))
      // Examples that fill the last batch up are not counted.
      let filled = rows + [Int](repeating: start, count: batch - rows.count)
      let results = try session.run([data.subset(filled).features])
      guard let output = results.first, results.count == 1 else {
        throw LeptonError(
          .badInput, "model \(model.graph.name) has \(results.count) outputs, which is not one",
          at: model.facts.name, fix: "run it with lepton infer")
      }
      let floats = output.floats
      width = floats.count / batch
      values += floats.prefix(width * rows.count)
    }
    self.width = width
    self.values = values
  }

  /// As probabilities of classes: as they are where every row is a distribution already; else the softmax of each row,
  /// or for a single output its sigmoid beside what that leaves over.
  var probabilities: [Float] {
    if width == 1 {
      let isProbability = values.allSatisfy { $0 >= 0 && $0 <= 1 }
      return values.flatMap { value in
        let positive = isProbability ? value : 1 / (1 + exp(-value))
        return [1 - positive, positive]
      }
    }
    if isDistribution { return values }
    var result = values
    result.withUnsafeMutableBufferPointer { result in
      for start in stride(from: 0, to: result.count, by: max(1, width)) {
        let row = start..<(start + width)
        var largest = -Float.infinity
        for index in row { largest = max(largest, result[index]) }
        var sum: Float = 0
        for index in row {
          result[index] = exp(result[index] - largest)
          sum += result[index]
        }
        for index in row { result[index] /= sum }
      }
    }
    return result
  }

  private var isDistribution: Bool {
    stride(from: 0, to: values.count, by: max(1, width)).allSatisfy { start in
      let row = values[start..<(start + width)]
      return row.allSatisfy { $0 >= 0 } && abs(row.reduce(0, +) - 1) < 1e-3
    }
  }
}
