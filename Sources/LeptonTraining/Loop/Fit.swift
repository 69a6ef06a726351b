import LeptonData
import LeptonGraph
import LeptonRuntime
import LeptonValues

/// One call of `fit`, in progress.
struct Fit {
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
  /// Nil as long as no step has said how many were right.
  private var correctSum: Double?
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
    try checkpoint.checkFits(origin, source)
    try run.restore(checkpoint.state)
    (epoch, step) = (checkpoint.epoch, checkpoint.step)
    (lossSum, correctSum) = (checkpoint.lossSum, checkpoint.correctSum)
    (history, best) = (checkpoint.history, checkpoint.best)
    bestWeights = checkpoint.bestWeights
  }

  mutating func run(
    _ onProgress: (TrainingProgress) -> Void,
    _ onCheckpoint: ((TrainingCheckpoint) throws -> Void)?
  ) throws -> TrainingResult.Ending {
    while epoch < configuration.epochs {
      // Looked at before an epoch, so that a run that was resumed between two stops as well.
      if step == 0, !history.isEmpty, let stopping = configuration.earlyStopping,
        stopping.shouldStop(history.map(\.monitoredLoss))
      {
        return .stoppedEarly
      }
      let start = ContinuousClock.now
      let first = step
      guard try trainEpoch(onProgress, onCheckpoint) else { return .interrupted }
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
      (epoch, step, lossSum, correctSum) = (epoch + 1, 0, 0, nil)
      try save(onCheckpoint)
    }
    return .finished
  }

  /// False where it was interrupted.
  private mutating func trainEpoch(
    _ onProgress: (TrainingProgress) -> Void,
    _ onCheckpoint: ((TrainingCheckpoint) throws -> Void)?
  ) throws -> Bool {
    let start = ContinuousClock.now
    let first = step
    for batch in loader.epoch(epoch, from: step).prefix(steps - first) {
      let result = try run.step(
        [batch.features], labels: batch.labels, learningRate: rate(at: step))
      guard result.loss.isFinite else {
        throw LeptonError(
          .badInput,
          "the loss is \(result.loss.isNaN ? "nan" : "\(result.loss)") in epoch \(epoch + 1), step \(step + 1)",
          at: "training",
          fix: "lower the learning rate (now \(rate(at: step))), or clip gradients")
      }
      step += 1
      lossSum += result.loss
      if let correct = result.correct { correctSum = (correctSum ?? 0) + correct }
      onProgress(progress(.training, step: step, of: steps, since: start))
      if cancellation.isCancelled { return false }
      // The last step's is that of the epoch.
      if step < steps,
        configuration.checkpoints.isDue(
          step: run.stepCount, secondsSinceLast: (ContinuousClock.now - lastSave).inSeconds)
      {
        try save(onCheckpoint)
      }
    }
    return true
  }

  private var lastSave = ContinuousClock.now

  private mutating func save(_ onCheckpoint: ((TrainingCheckpoint) throws -> Void)?) throws {
    try onCheckpoint?(checkpoint())
    lastSave = .now
  }

  private func accuracy(after steps: Int) -> Double? {
    steps > 0 ? correctSum.map { $0 / Double(steps * loader.batchSize) } : nil
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
      model: model, history: history, best: best, ending: ending, checkpoint: try checkpoint())
  }

  /// Never with weights that are lost: what is there to go on from must be worth it.
  private func checkpoint() throws -> TrainingCheckpoint {
    let state = try run.state()
    if let name = state.firstNotFinite {
      throw LeptonError(
        .badInput, "'\(name)' is no number any more after epoch \(epoch + 1), step \(step)",
        at: "training",
        fix: "lower the learning rate (now \(rate(at: max(0, step - 1)))), or clip gradients")
    }
    return TrainingCheckpoint(
      state: state, epoch: epoch, step: step, history: history, lossSum: lossSum,
      correctSum: correctSum, best: best, bestWeights: bestWeights, origin: origin)
  }

  private var origin: TrainingCheckpoint.Origin {
    TrainingCheckpoint.Origin(
      batchSize: loader.batchSize, stepsPerEpoch: steps, seed: configuration.seed,
      data: source.facts.lineage["data.train"])
  }
}

extension Duration {
  /// As a floating-point number.
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
