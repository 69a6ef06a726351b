import LeptonCompiler
import LeptonData
import LeptonTraining
import LeptonValues

extension TrainingConfiguration {
  /// The keys of `training`.
  init(_ reader: SettingsReader) throws {
    self.init()
    epochs = try reader.int("epochs", default: 10)
    batchSize = try reader.int("batch", default: 128)
    let section = try reader.section("optimizer")
    (optimizer, learningRate) = try Optimizer.read(section)
    schedule = try LearningRateSchedule(reader.section("schedule"))
    precision = try reader.choice("precision", default: Precision.f32)
    clipNorm = try reader.optionalNumber("clip", in: 1e-12...Double.infinity)
    let patience = try reader.section("early_stopping")
    if let epochs = try patience.optionalInt("patience", in: 0...Int.max) {
      earlyStopping = EarlyStopping(
        patience: epochs,
        minimumDelta: try patience.number("minimum_delta", default: 0, in: 0...Double.infinity))
    }
    let changes = try reader.section("augmentation")
    let shift = try changes.int("shift", default: 0, in: 0...64)
    let flip = try changes.bool("flip", default: false)
    if shift > 0 || flip { augmentation = Augmentation(shift: shift, flip: flip) }
    checkpoints = try CheckpointCadence(reader.section("checkpoints"))
    seed = UInt64(try reader.int("seed", default: 0, in: 0...Int.max))
    stepLimit = try reader.optionalInt("step_limit")
  }
}

extension CheckpointCadence {
  /// The keys of `training.checkpoints`; one after each epoch is saved in any case.
  fileprivate init(_ reader: SettingsReader) throws {
    self.init(
      everySteps: try reader.optionalInt("every_steps"),
      everyMinutes: try reader.number("every_minutes", default: 10, in: 0.01...1e6),
      kept: try reader.int("keep", default: 2))
  }
}

private enum OptimizerKind: String, CaseIterable {
  case adam, adamw, sgd
}

extension Optimizer {
  /// The keys of `training.optimizer`: each kind has its own.
  fileprivate static func read(_ reader: SettingsReader) throws -> (Optimizer, Double) {
    let kind = try reader.choice("kind", default: OptimizerKind.adam)
    let rate = try reader.number(
      "lr", default: kind == .sgd ? 0.05 : 1e-3, in: 1e-12...1e6)
    let decay = try reader.number(
      "weight_decay", default: kind == .adamw ? 0.01 : 0, in: 0...1e3)
    switch kind {
    case .sgd:
      return (
        .sgd(
          momentum: try reader.number("momentum", default: 0.9, in: 0...1),
          nesterov: try reader.bool("nesterov", default: false), weightDecay: decay), rate
      )
    case .adam, .adamw:
      let beta1 = try reader.number("beta1", default: 0.9, in: 0...0.999999)
      let beta2 = try reader.number("beta2", default: 0.999, in: 0...0.999999)
      let epsilon = try reader.number("epsilon", default: 1e-8, in: 0...1)
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
    switch try reader.choice("kind", default: ScheduleKind.constant) {
    case .constant: self = .constant
    case .step:
      self = .step(
        every: try reader.int("every", default: 10),
        factor: try reader.number("factor", default: 0.1, in: 0...1))
    case .cosine:
      self = .cosine(
        warmup: try reader.number("warmup", default: 0, in: 0...1e6),
        floor: try reader.number("floor", default: 0, in: 0...1))
    case .plateau:
      self = .reduceOnPlateau(
        patience: try reader.int("patience", default: 3, in: 0...Int.max),
        factor: try reader.number("factor", default: 0.1, in: 0...1),
        floor: try reader.number("floor", default: 0, in: 0...1))
    }
  }
}
