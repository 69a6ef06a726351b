public import LeptonGraph
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
public struct TrainingCheckpoint: Sendable, Hashable {
  public var state: TrainingState
  /// The next step's epoch, from 0, and its place in it.
  public var epoch: Int
  public var step: Int
  public var history: [EpochRecord]
  /// Sums over the part of the present epoch that is done.
  public var lossSum = 0.0
  /// Nil for regression.
  public var correctSum: Double?
  /// The best weights so far and their record.
  public var best: EpochRecord?
  public var bestWeights: [String: TensorData]
  /// What the place in the epoch refers to; nil where it is not known.
  public var origin: Origin?

  /// What fixes the order in which examples come.
  public struct Origin: Sendable, Hashable, Codable {
    public var batchSize: Int
    public var stepsPerEpoch: Int
    public var seed: UInt64
    /// The digest of the training data, where the model's lineage has it.
    public var data: String?
  }

  package init(
    state: TrainingState, epoch: Int, step: Int, history: [EpochRecord], lossSum: Double = 0,
    correctSum: Double? = nil, best: EpochRecord?, bestWeights: [String: TensorData],
    origin: Origin? = nil
  ) {
    self.state = state
    self.epoch = epoch
    self.step = step
    self.history = history
    self.lossSum = lossSum
    self.correctSum = correctSum
    self.best = best
    self.bestWeights = bestWeights
    self.origin = origin
  }
}
