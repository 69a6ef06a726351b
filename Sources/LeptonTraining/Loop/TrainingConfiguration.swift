public import LeptonCompiler
public import LeptonData
import LeptonValues

/// Everything about a training run but model and data. The defaults suit a small image classifier.
public struct TrainingConfiguration: Sendable, Hashable, Codable {
  public var epochs = 10
  public var batchSize = 128
  /// Nil: `Loss.fitting` the model's output.
  public var loss: Loss?
  public var optimizer = Optimizer.adam()
  /// The base rate, which the schedule scales.
  public var learningRate = 1e-3
  public var schedule = LearningRateSchedule.constant
  /// Gradients are scaled down where their norm, over all parameters together, is larger.
  public var clipNorm: Double?
  public var precision = Precision.f32
  public var earlyStopping: EarlyStopping?
  /// Random changes of training images.
  public var augmentation: Augmentation?
  /// Fixes the order of examples, their augmentation and dropout.
  public var seed: UInt64 = 0
  /// When `onCheckpoint` of a fit is called, besides after each epoch.
  public var checkpoints = CheckpointCadence()
  /// Stop each epoch after so many steps: to try a run out.
  public var stepLimit: Int?

  public init() {}

  /// Checks ranges. Throws `LeptonError` of kind `badInput` that names the first wrong value.
  public func verify() throws {
    func check(_ holds: Bool, _ what: String, fix: String) throws {
      if !holds { throw LeptonError(.badInput, what, at: "training", fix: fix) }
    }
    try check(epochs > 0, "\(epochs) epochs", fix: "give at least 1")
    try check(batchSize > 0, "a batch of \(batchSize)", fix: "give at least 1")
    try check(
      learningRate > 0 && learningRate.isFinite, "a learning rate of \(learningRate)",
      fix: "give a positive number such as 0.001")
    try check((clipNorm ?? 1) > 0, "a clipping norm of \(clipNorm ?? 0)", fix: "give more than 0")
    try check(
      (checkpoints.everySteps ?? 1) > 0 && (checkpoints.everyMinutes ?? 1) > 0
        && checkpoints.kept > 0,
      "a checkpoint every \(checkpoints.everySteps ?? 0) steps or \(checkpoints.everyMinutes ?? 0) "
        + "minutes, \(checkpoints.kept) of them kept", fix: "give more than 0")
    try check((stepLimit ?? 1) > 0, "a step limit of \(stepLimit ?? 0)", fix: "give at least 1")
  }
}

/// When to stop before the last epoch: no improvement of the validation loss for a while.
public struct EarlyStopping: Sendable, Hashable, Codable {
  /// Epochs without improvement that are put up with.
  public var patience: Int
  /// Less than this is no improvement.
  public var minimumDelta: Double

  public init(patience: Int = 5, minimumDelta: Double = 0) {
    self.patience = patience
    self.minimumDelta = minimumDelta
  }

  /// Whether training should stop after epochs with these losses.
  public func shouldStop(_ losses: [Double]) -> Bool {
    var (best, waited) = (Double.infinity, 0)
    for loss in losses {
      if loss < best - minimumDelta { (best, waited) = (loss, 0) } else { waited += 1 }
    }
    return waited > patience
  }
}
