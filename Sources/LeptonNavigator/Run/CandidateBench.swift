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

  /// Chooses; nil where the test part has to do for everything.
  public var validation: Dataset?
  /// For the figures to publish.
  public var test: Dataset
  public var price: Price
  public var speed: SpeedTest
  /// nil estimates memory from what the session holds.
  public var memory: MemoryProbe?
  /// What thresholds between two classes are chosen for.
  public var mistakes = MistakeCosts()
  public var backend: any Backend

  public init(
    validation: Dataset?, test: Dataset, price: Price, speed: SpeedTest = SpeedTest(),
    memory: MemoryProbe? = nil, backend: any Backend = CPUBackend()
  ) {
    self.validation = validation
    self.test = test
    self.price = price
    self.speed = speed
    self.memory = memory
    self.backend = backend
  }

  /// Figures of each entry, in order: the speed of all in turn, then the quality of each.
  ///
  /// - Parameters:
  ///   - onQuality: called before the quality of an entry is measured.
  ///   - onPredictions: given what each entry said of the test part.
  public func measure(
    _ entries: [Entry], onQuality: (Entry) -> Void = { _ in },
    onPredictions: (Entry, Predictions) -> Void = { _, _ in }
  ) throws -> [CandidateFigures] {
    let models = try entries.map { try Model(onnx: $0.file) }
    let speeds = try speeds(entries, models)
    return try entries.indices.map { index in
      let (entry, model) = (entries[index], models[index])
      onQuality(entry)
      func predictions(_ data: Dataset) throws -> Predictions {
        try Predictions(
          of: model, on: data, precision: entry.precision, backend: backend, options: speed.options)
      }
      let said = try predictions(test)
      let choosing = try validation.map(predictions)
      onPredictions(entry, said)
      return CandidateFigures(
        name: entry.name,
        validationAccuracy: (choosing ?? said).accuracy,
        test: ClassificationReport(said, choosing: choosing, costs: mistakes),
        costs: try costs(of: entry, model, speeds[index]))
    }
  }

  /// What one entry takes, whatever it is good for.
  public func costs(of entry: Entry) throws -> ModelCosts {
    let model = try Model(onnx: entry.file)
    return try costs(of: entry, model, speeds([entry], [model])[0])
  }

  private func speeds(_ entries: [Entry], _ models: [Model]) throws -> [SpeedFigures] {
    try speed.measure(
      zip(entries, models).map { SpeedTest.Subject($1, precision: $0.precision) }, on: test,
      backend: backend)
  }

  private func costs(
    of entry: Entry, _ model: Model, _ speed: SpeedFigures
  ) throws -> ModelCosts {
    ModelCosts(
      speed: speed, bytes: try entry.byteCount(), parameters: model.parameterCount,
      flops: try model.inferenceFLOPs(), memory: try memoryFigure(entry, model, speed),
      costPerMillion: price.costPerMillion(throughput: speed.throughput),
      energy: EnergyFigure(speed, on: price))
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
}

extension CandidateBench.Entry {
  /// Of its file.
  func byteCount() throws -> Int {
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
