import LeptonCompiler
import LeptonData
import LeptonTraining
import LeptonValues

extension TrainingConfiguration {
  /// The keys of `training`.
  init(_ reader: SettingsReader) throws {
    self.init()
    epochs = try reader.int("epochs", default: 10, means: "passes over the training part")
    batchSize = try reader.int("batch", default: 128, means: "examples in a step")
    let section = try reader.section("optimizer")
    (optimizer, learningRate) = try Optimizer.read(section)
    schedule = try LearningRateSchedule(reader.section("schedule"))
    precision = try reader.choice(
      "precision", default: Precision.f32, means: "arithmetic of products and convolutions")
    clipNorm = try reader.optionalNumber(
      "clip", in: 1e-12...Double.infinity, means: "gradients with a larger norm are scaled to it")
    let patience = try reader.section("early_stopping")
    if let epochs = try patience.optionalInt(
      "patience", in: 0...Int.max,
      means: "epochs without a smaller validation loss after which training stops")
    {
      earlyStopping = EarlyStopping(
        patience: epochs,
        minimumDelta: try patience.number(
          "minimum_delta", default: 0, in: 0...Double.infinity,
          means: "less than this is no smaller loss"))
    }
    let changes = try reader.section("augmentation")
    let shift = try changes.int(
      "shift", default: 0, in: 0...64,
      means: "images move by up to so many pixels each way, at random")
    let flip = try changes.bool(
      "flip", default: false, means: "images are mirrored left to right, at random")
    if shift > 0 || flip { augmentation = Augmentation(shift: shift, flip: flip) }
    checkpoints = try CheckpointCadence(reader.section("checkpoints"))
    seed = UInt64(
      try reader.int(
        "seed", default: 0, in: 0...Int.max,
        means: "fixes initial weights, order of examples, augmentation and dropout"))
    stepLimit = try reader.optionalInt(
      "step_limit", means: "steps after which an epoch ends, to try a run out")
  }
}

extension CheckpointCadence {
  /// The keys of `training.checkpoints`; one after each epoch is saved in any case.
  fileprivate init(_ reader: SettingsReader) throws {
    self.init(
      everySteps: try reader.optionalInt(
        "every_steps", means: "steps between two checkpoints within an epoch"),
      everyMinutes: try reader.number(
        "every_minutes", default: 10, in: 0.01...1e6,
        means: "minutes between two checkpoints within an epoch"),
      kept: try reader.int("keep", default: 2, means: "checkpoints that are kept, the newest"))
  }
}

private enum OptimizerKind: String, CaseIterable {
  case adam, adamw, sgd
}

extension Optimizer {
  /// The keys of `training.optimizer`: each kind has its own.
  fileprivate static func read(_ reader: SettingsReader) throws -> (Optimizer, Double) {
    let kind = try reader.choice(
      "kind", default: OptimizerKind.adam, means: "how gradients become updates")
    let rate = try reader.number(
      "lr", default: kind == .sgd ? 0.05 : 1e-3, in: 1e-12...1e6,
      means: "base learning rate, which the schedule scales")
    let decay = try reader.number(
      "weight_decay", default: kind == .adamw ? 0.01 : 0, in: 0...1e3,
      means: "L2 penalty; of adamw, decoupled")
    switch kind {
    case .sgd:
      return (
        .sgd(
          momentum: try reader.number(
            "momentum", default: 0.9, in: 0...1, means: "share of the last update, of sgd"),
          nesterov: try reader.bool(
            "nesterov", default: false, means: "gradients are taken one update ahead, of sgd"),
          weightDecay: decay), rate
      )
    case .adam, .adamw:
      let beta1 = try reader.number(
        "beta1", default: 0.9, in: 0...0.999999, means: "decay of the mean of gradients, of adam")
      let beta2 = try reader.number(
        "beta2", default: 0.999, in: 0...0.999999,
        means: "decay of the mean of squared gradients, of adam")
      let epsilon = try reader.number(
        "epsilon", default: 1e-8, in: 0...1, means: "added to the divisor of updates, of adam")
      return (
        kind == .adam
          ? .adam(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: decay)
          : .adamW(beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: decay), rate
      )
    }
  }
}

private enum ScheduleKind: String, CaseIterable {
  case constant, step, cosine, plateau
}

extension LearningRateSchedule {
  /// The keys of `training.schedule`: each kind has its own.
  fileprivate init(_ reader: SettingsReader) throws {
    switch try reader.choice(
      "kind", default: ScheduleKind.constant, means: "how the learning rate changes")
    {
    case .constant: self = .constant
    case .step:
      self = .step(
        every: try reader.int("every", default: 10, means: "epochs between two steps, of step"),
        factor: try reader.number(
          "factor", default: 0.1, in: 0...1,
          means: "what the rate is multiplied by, of step and plateau"))
    case .cosine:
      self = .cosine(
        warmup: try reader.number(
          "warmup", default: 0, in: 0...1e6, means: "epochs in which the rate rises, of cosine"),
        floor: try reader.number(
          "floor", default: 0, in: 0...1,
          means: "least share of the base rate, of cosine and plateau"))
    case .plateau:
      self = .reduceOnPlateau(
        patience: try reader.int(
          "patience", default: 3, in: 0...Int.max,
          means: "epochs without a smaller loss that are put up with, of plateau"),
        factor: try reader.number(
          "factor", default: 0.1, in: 0...1,
          means: "what the rate is multiplied by, of step and plateau"),
        floor: try reader.number(
          "floor", default: 0, in: 0...1,
          means: "least share of the base rate, of cosine and plateau"))
    }
  }
}
