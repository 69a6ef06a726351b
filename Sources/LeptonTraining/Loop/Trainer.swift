import Foundation
public import LeptonCPU
public import LeptonData
public import LeptonGraph
public import LeptonRuntime
public import LeptonValues

/// What training came to.
public struct TrainingResult: Sendable {
  /// Why it ended.
  public enum Ending: String, Sendable, Hashable, Codable {
    case finished
    case stoppedEarly = "stopped early"
    case interrupted
  }

  /// With the weights of the best epoch.
  public var model: Model
  /// An entry for each epoch that was finished.
  public var history: [EpochRecord]
  /// The record whose weights the model has; nil if no epoch was finished.
  public var best: EpochRecord?
  public var ending: Ending
  /// After the last step, to go on from.
  public var checkpoint: TrainingCheckpoint
}

/// Where a run stopped: everything that it needs to go on as if it had not.
public struct TrainingCheckpoint: Sendable {
  public var state: TrainingState
  /// The next step's epoch, from 0, and its place in it.
  public var epoch: Int
  public var step: Int
  public var history: [EpochRecord]
  /// Sums over the part of the present epoch that is done.
  public var lossSum = 0.0
  public var correctSum = 0.0
  /// The best weights so far and their record.
  public var best: EpochRecord?
  public var bestWeights: [String: TensorData]
}

/// Fits models to data.
///
/// ```swift
/// let result = try Trainer.fit(
///   model, train: data.train, validation: data.validation
/// ) { print(ProgressLine.text($0)) }
/// ```
///
/// The same seed, data and backend give the same weights, bit by bit.
public enum Trainer {
  /// - Parameters:
  ///   - validation: chooses the best epoch, and drives early stopping; the training loss does
  ///     where it is nil.
  ///   - resuming: where an earlier run with the same arguments stopped.
  ///   - cancellation: looked at after each step.
  /// - Throws: `LeptonError` of kind `badInput` where model and data do not fit, or the loss is no
  ///   number any more.
  public static func fit(
    _ model: Model, train: Dataset, validation: Dataset? = nil,
    configuration: TrainingConfiguration = TrainingConfiguration(),
    backend: any Backend = CPUBackend(), options: CompileOptions = CompileOptions(),
    resuming: TrainingCheckpoint? = nil,
    cancellation: Cancellation = Cancellation(),
    onProgress: (TrainingProgress) -> Void = { _ in }
  ) throws -> TrainingResult {
    try configuration.verify()
    try model.verify()
    var fit = try Fit(
      model, train, validation, configuration, backend, options, cancellation)
    if let resuming { try fit.resume(resuming) }
    let ending = try fit.run(onProgress)
    return try fit.result(ending)
  }
}

/// One call of `fit`, in progress.
private struct Fit {
  private let configuration: TrainingConfiguration
  private let validation: Dataset?
  private let cancellation: Cancellation
  private let source: Model
  private let loader: BatchLoader
  private let run: TrainingRun
  private let evaluator: Evaluator?
  private let steps: Int
  private var epoch = 0
  private var step = 0
  private var lossSum = 0.0
  private var correctSum = 0.0
  private var history: [EpochRecord] = []
  private var best: EpochRecord?
  private var bestWeights: [String: TensorData] = [:]

  init(
    _ model: Model, _ train: Dataset, _ validation: Dataset?,
    _ configuration: TrainingConfiguration, _ backend: any Backend, _ options: CompileOptions,
    _ cancellation: Cancellation
  ) throws {
    self.configuration = configuration
    self.validation = validation
    self.cancellation = cancellation
    source = try model.describing(train)
    let batch = min(configuration.batchSize, train.count)
    let loss = try configuration.loss ?? Loss.fitting(model)
    try model.checkFits(train)
    loader = BatchLoader(
      train, batchSize: batch, shuffleSeed: configuration.seed, dropLast: true,
      augmentation: configuration.augmentation)
    steps = min(loader.batchCount, configuration.stepLimit ?? .max)
    guard steps > 0 else {
      throw LeptonError(.badInput, "there is no example to train on", at: train.origin)
    }
    run = try TrainingRun(
      model, loss: loss, optimizer: configuration.optimizer, batch: batch,
      clipNorm: configuration.clipNorm, seed: configuration.seed,
      precision: configuration.precision, backend: backend, options: options)
    evaluator = try validation.map { _ in
      try Evaluator(
        model, loss: loss, batch: batch, precision: configuration.precision, backend: backend,
        options: options)
    }
  }

  mutating func resume(_ checkpoint: TrainingCheckpoint) throws {
    try run.restore(checkpoint.state)
    (epoch, step) = (checkpoint.epoch, checkpoint.step)
    (lossSum, correctSum) = (checkpoint.lossSum, checkpoint.correctSum)
    (history, best) = (checkpoint.history, checkpoint.best)
    bestWeights = checkpoint.bestWeights
  }

  mutating func run(_ onProgress: (TrainingProgress) -> Void) throws -> TrainingResult.Ending {
    while epoch < configuration.epochs {
      let start = ContinuousClock.now
      let first = step
      guard try trainEpoch(onProgress) else { return .interrupted }
      let trained = ContinuousClock.now - start
      guard let evaluation = try validate(onProgress) else { return .interrupted }
      let samples = Double((steps - first) * loader.batchSize)
      let record = EpochRecord(
        epoch: epoch + 1, trainLoss: lossSum / Double(steps),
        trainAccuracy: accuracy(after: steps), validationLoss: evaluation.loss,
        validationAccuracy: evaluation.accuracy, learningRate: rate(at: steps - 1),
        seconds: (ContinuousClock.now - start).inSeconds,
        samplesPerSecond: samples / trained.inSeconds)
      history.append(record)
      if best.map(record.isBetter) ?? true {
        best = record
        bestWeights = try run.model().weights
      }
      onProgress(progress(.epochDone(record), step: steps, of: steps, since: start))
      (epoch, step, lossSum, correctSum) = (epoch + 1, 0, 0, 0)
      if let stopping = configuration.earlyStopping, epoch < configuration.epochs,
        stopping.shouldStop(history.map(\.monitoredLoss))
      {
        return .stoppedEarly
      }
    }
    return .finished
  }

  /// False where it was interrupted.
  private mutating func trainEpoch(_ onProgress: (TrainingProgress) -> Void) throws -> Bool {
    let start = ContinuousClock.now
    let first = step
    for batch in loader.epoch(epoch, from: step).prefix(steps - first) {
      let result = try run.step(
        [batch.features], labels: batch.labels, learningRate: rate(at: step))
      guard result.loss.isFinite else {
        throw LeptonError(
          .badInput, "the loss is \(result.loss) in epoch \(epoch + 1), step \(step + 1)",
          at: "training",
          fix: "lower the learning rate (now \(rate(at: step))), or clip gradients")
      }
      step += 1
      lossSum += result.loss
      correctSum += result.correct ?? 0
      hasAccuracy = result.correct != nil
      onProgress(progress(.training, step: step, of: steps, since: start))
      if cancellation.isCancelled { return false }
    }
    return true
  }

  private var hasAccuracy = false

  private func accuracy(after steps: Int) -> Double? {
    hasAccuracy && steps > 0 ? correctSum / Double(steps * loader.batchSize) : nil
  }

  /// Loss and accuracy on the validation set, both nil without one; nil where it was interrupted.
  private func validate(
    _ onProgress: (TrainingProgress) -> Void
  ) throws -> (loss: Double?, accuracy: Double?)? {
    guard let evaluator, let validation else { return (nil, nil) }
    let start = ContinuousClock.now
    try evaluator.load(run.model().weights)
    let evaluation = try evaluator.evaluate(validation) { done, all in
      onProgress(progress(.validating, step: done, of: all, since: start))
      return !cancellation.isCancelled
    }
    return evaluation.map { ($0.loss, $0.accuracy) }
  }

  private func rate(at step: Int) -> Double {
    configuration.schedule.rate(
      base: configuration.learningRate, epoch: Double(epoch) + Double(step + 1) / Double(steps),
      of: configuration.epochs, losses: history.map(\.monitoredLoss))
  }

  private func progress(
    _ phase: TrainingProgress.Phase, step: Int, of steps: Int, since start: ContinuousClock.Instant
  ) -> TrainingProgress {
    TrainingProgress(
      phase: phase, epoch: epoch + 1, epochs: configuration.epochs, step: step, steps: steps,
      loss: lossSum / Double(max(1, self.step)), accuracy: accuracy(after: self.step),
      learningRate: rate(at: max(0, self.step - 1)),
      seconds: (ContinuousClock.now - start).inSeconds)
  }

  func result(_ ending: TrainingResult.Ending) throws -> TrainingResult {
    var model = source
    model.weights = try best == nil ? run.model().weights : bestWeights
    if let best {
      model.facts.metrics["validation.loss"] = best.validationLoss
      model.facts.metrics["validation.accuracy"] = best.validationAccuracy
      model.facts.metrics["train.loss"] = best.trainLoss
      model.facts.metrics["train.accuracy"] = best.trainAccuracy
    }
    return TrainingResult(
      model: model, history: history, best: best, ending: ending,
      checkpoint: TrainingCheckpoint(
        state: try run.state(), epoch: epoch, step: step, history: history, lossSum: lossSum,
        correctSum: correctSum, best: best, bestWeights: bestWeights))
  }
}

extension Duration {
  /// As a floating-point number.
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}

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
