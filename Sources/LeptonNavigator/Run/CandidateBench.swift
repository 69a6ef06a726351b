public import Foundation
public import LeptonCPU
public import LeptonCompiler
public import LeptonData
public import LeptonGraph
import LeptonONNX
public import LeptonRuntime
import LeptonValues

/// Measures saved models side by side: quality, speed, size, memory, cost.
///
/// Models are read back from their files, so what is measured is what will be served.
public struct CandidateBench: Sendable {
  /// A saved model.
  public struct Entry: Sendable {
    public var name: String
    public var file: URL
    public var precision: Precision

    public init(name: String, file: URL, precision: Precision = .f32) {
      self.name = name
      self.file = file
      self.precision = precision
    }
  }

  /// Chooses.
  public var validation: Dataset
  /// For the figures to publish.
  public var test: Dataset
  public var price: Price
  public var speed: SpeedTest
  /// nil estimates memory from what the session holds.
  public var memory: MemoryProbe?
  public var backend: any Backend

  public init(
    validation: Dataset, test: Dataset, price: Price, speed: SpeedTest = SpeedTest(),
    memory: MemoryProbe? = nil, backend: any Backend = CPUBackend()
  ) {
    self.validation = validation
    self.test = test
    self.price = price
    self.speed = speed
    self.memory = memory
    self.backend = backend
  }

  /// Figures of each entry, in order: the speed of all in turn, then the quality of each, which `onQuality` announces.
  public func measure(
    _ entries: [Entry], onQuality: (Entry) -> Void = { _ in }
  ) throws -> [CandidateFigures] {
    let models = try entries.map { try Model(onnx: $0.file) }
    let speeds = try speed.measure(
      zip(entries, models).map { SpeedTest.Subject($1, precision: $0.precision) }, on: test,
      backend: backend)
    return try entries.indices.map { index in
      let (entry, model) = (entries[index], models[index])
      onQuality(entry)
      func report(_ data: Dataset) throws -> ClassificationReport {
        try ClassificationReport(
          of: model, on: data, precision: entry.precision, backend: backend, options: speed.options)
      }
      return CandidateFigures(
        name: entry.name, validationAccuracy: try report(validation).accuracy,
        test: try report(test), speed: speeds[index], bytes: try byteCount(of: entry.file),
        parameters: model.parameterCount, flops: try model.inferenceFLOPs(),
        memory: try memoryFigure(entry, model, speeds[index]),
        costPerMillion: price.costPerMillion(throughput: speeds[index].throughput))
    }
  }

  private func memoryFigure(
    _ entry: Entry, _ model: Model, _ speed: SpeedFigures
  ) throws -> MemoryFigure {
    if let memory {
      return try memory.measure(entry.file, precision: entry.precision.rawValue)
    }
    let weights = model.weights.values.reduce(0) { $0 + $1.type.byteCount }
    return MemoryFigure(
      bytes: weights + speed.workingBytes,
      source: "estimate: weights and working memory of a session at batch 1, without the process")
  }

  private func byteCount(of file: URL) throws -> Int {
    guard let size = try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize else {
      throw LeptonError(.io, "the size of the file cannot be told", at: file.path)
    }
    return size
  }
}

extension Model {
  /// Arithmetic of one example once weights are folded.
  public func inferenceFLOPs() throws -> Int {
    try withBatch(1).frozen().applying([.foldBatchNorm, .foldConstants]).cost.flops
  }
}
