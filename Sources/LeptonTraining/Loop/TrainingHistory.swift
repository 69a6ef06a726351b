/// What one epoch of training came to.
public struct EpochRecord: Sendable, Hashable, Codable {
  /// From 1.
  public var epoch: Int
  /// Means over the epoch, while the weights changed.
  public var trainLoss: Double
  public var trainAccuracy: Double?
  /// Over the whole validation set, after the epoch.
  public var validationLoss: Double?
  public var validationAccuracy: Double?
  /// Of the last step.
  public var learningRate: Double
  /// Wall time of training and validation together.
  public var seconds: Double
  /// Training examples in a second, validation not counted.
  public var samplesPerSecond: Double

  package init(
    epoch: Int, trainLoss: Double, trainAccuracy: Double? = nil, validationLoss: Double? = nil,
    validationAccuracy: Double? = nil, learningRate: Double, seconds: Double,
    samplesPerSecond: Double
  ) {
    self.epoch = epoch
    self.trainLoss = trainLoss
    self.trainAccuracy = trainAccuracy
    self.validationLoss = validationLoss
    self.validationAccuracy = validationAccuracy
    self.learningRate = learningRate
    self.seconds = seconds
    self.samplesPerSecond = samplesPerSecond
  }

  /// What schedules and early stopping look at.
  public var monitoredLoss: Double { validationLoss ?? trainLoss }

  /// Whether its weights are to be preferred: more accurate, or as accurate with a smaller loss.
  func isBetter(than other: EpochRecord) -> Bool {
    if let mine = validationAccuracy, let others = other.validationAccuracy, mine != others {
      return mine > others
    }
    return monitoredLoss < other.monitoredLoss
  }
}

/// Where training stands; reported after each step.
public struct TrainingProgress: Sendable, Hashable {
  public enum Phase: Sendable, Hashable {
    case training
    case validating
    /// An epoch is over; the record says what it came to.
    case epochDone(EpochRecord)
  }

  public var phase: Phase
  /// From 1.
  public var epoch: Int
  public var epochs: Int
  /// Steps done in this phase of the epoch, and all of them.
  public var step: Int
  public var steps: Int
  /// Means over the epoch so far.
  public var loss: Double
  public var accuracy: Double?
  public var learningRate: Double
  /// Since the phase began.
  public var seconds: Double

  package init(
    phase: Phase, epoch: Int, epochs: Int, step: Int, steps: Int, loss: Double,
    accuracy: Double? = nil, learningRate: Double, seconds: Double
  ) {
    self.phase = phase
    self.epoch = epoch
    self.epochs = epochs
    self.step = step
    self.steps = steps
    self.loss = loss
    self.accuracy = accuracy
    self.learningRate = learningRate
    self.seconds = seconds
  }

  public var stepsPerSecond: Double { seconds > 0 ? Double(step) / seconds : 0 }
  /// Seconds to the end of the phase at the present speed.
  public var secondsLeft: Double {
    step > 0 ? seconds / Double(step) * Double(steps - step) : 0
  }
}
