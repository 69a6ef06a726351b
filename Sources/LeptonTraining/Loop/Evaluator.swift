public import LeptonCPU
public import LeptonCompiler
public import LeptonData
public import LeptonGraph
public import LeptonRuntime
public import LeptonValues

/// What a model comes to on a data set.
public struct Evaluation: Sendable, Hashable, Codable {
  /// The mean over all examples.
  public var loss: Double
  /// The fraction classified right; nil for regression.
  public var accuracy: Double?
  public var count: Int
}

/// A model compiled for inference together with its loss.
public final class Evaluator {
  public let session: Session
  private let batch: Int

  public init(
    _ model: Model, loss: Loss, batch: Int, precision: Precision = .f32,
    backend: any Backend = CPUBackend(), options: CompileOptions = CompileOptions()
  ) throws {
    self.batch = batch
    let graph = try EvaluationStep.build(model, loss: loss, batch: batch)
    let names = Set(graph.residents.map(\.name))
    session = try Session(
      step: graph, residents: model.weights.filter { names.contains($0.key) },
      precision: precision, backend: backend, options: options)
  }

  /// Takes over parameters and statistics; others are left out.
  public func load(_ weights: [String: TensorData]) throws {
    for port in session.graph.residents {
      guard let data = weights[port.name] else { continue }
      try session.setResident(port.name, to: data)
    }
  }

  /// Every example once. The last batch is filled up with copies that do not count.
  ///
  /// - Parameter onBatch: called with the batches done and all of them; false stops, with nil as
  ///   the result.
  public func evaluate(
    _ dataset: Dataset, onBatch: (Int, Int) -> Bool = { _, _ in true }
  ) throws -> Evaluation? {
    var (loss, correct) = (0.0, 0.0)
    var isClassification = false
    let loader = BatchLoader(dataset, batchSize: batch)
    for part in loader.epoch(0) {
      let missing = batch - part.rows.count
      let features = part.features.paddingRows(missing)
      let mask =
        [Float](repeating: 1, count: part.rows.count) + [Float](repeating: 0, count: missing)
      let results = try session.run([
        features, part.labels.paddingRows(missing), TensorData(mask, shape: [batch]),
      ])
      for (port, data) in zip(session.graph.dataOutputs, results) {
        switch port.name {
        case "loss_sum": loss += data.doubles[0]
        case "correct":
          correct += data.doubles[0]
          isClassification = true
        default: break
        }
      }
      guard onBatch(part.index + 1, loader.batchCount) else { return nil }
    }
    let count = Double(max(1, dataset.count))
    return Evaluation(
      loss: loss / count, accuracy: isClassification ? correct / count : nil,
      count: dataset.count)
  }
}

extension TensorData {
  /// `count` more rows of the first axis, copies of the first.
  fileprivate func paddingRows(_ count: Int) -> TensorData {
    guard count > 0 else { return self }
    var shape = shape
    let rows = shape[0]
    shape[0] = rows + count
    var result = TensorData(zeros: type.with(shape: shape))
    let rowBytes = type.byteCount / max(1, rows)
    result.withUnsafeMutableBytes { target in
      withUnsafeBytes { source in
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source.prefix(type.byteCount)))
        for row in rows..<(rows + count) {
          UnsafeMutableRawBufferPointer(
            rebasing: target[(row * rowBytes)..<((row + 1) * rowBytes)]
          ).copyMemory(from: UnsafeRawBufferPointer(rebasing: source.prefix(rowBytes)))
        }
      }
    }
    return result
  }
}
