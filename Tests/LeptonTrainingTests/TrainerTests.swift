import Lepton
import LeptonCPU
import LeptonData
import LeptonRuntime
import Testing

import LeptonTraining

@Suite struct TrainerTests {
  /// Two clouds in the plane that a line nearly parts.
  static func clouds(_ count: Int, seed: UInt64) throws -> Dataset {
    var random = SeededGenerator(seed: seed)
    var features: [Float] = []
    var labels: [Int32] = []
    for index in 0..<count {
      let side: Float = index % 2 == 0 ? 1 : -1
      features += [random.normal() + side * 1.5, random.normal() - side]
      labels.append(index % 2 == 0 ? 0 : 1)
    }
    return try Dataset(
      features: TensorData(features, shape: [count, 2]),
      labels: TensorData(labels, shape: [count]), classes: ["left", "right"], kind: .table,
      origin: "clouds")
  }

  static let train = made { try clouds(96, seed: 1) }
  static let validation = made { try clouds(50, seed: 2) }

  private static func made(_ body: () throws -> Dataset) -> Dataset {
    do { return try body() } catch { preconditionFailure("\(error)") }
  }

  static func network(outputs: Int = 2, dropout: Double = 0.2) throws -> Model {
    try Sequential(Dense(2, 8), BatchNorm(8), Relu(), Dropout(dropout), Dense(8, outputs))
      .model(input: TensorType(.f32, [1, 2]), seed: 4)
  }

  static var configuration: TrainingConfiguration {
    var configuration = TrainingConfiguration()
    configuration.epochs = 4
    configuration.batchSize = 16
    configuration.learningRate = 0.02
    configuration.seed = 9
    return configuration
  }

  func fit(
    _ configuration: TrainingConfiguration = configuration, resuming: TrainingCheckpoint? = nil,
    cancellation: Cancellation = Cancellation(), model: Model? = nil,
    backend: any Backend = ReferenceBackend(),
    onProgress: (TrainingProgress) -> Void = { _ in }
  ) throws -> TrainingResult {
    try Trainer.fit(
      model ?? Self.network(), train: Self.train, validation: Self.validation,
      configuration: configuration, backend: backend, resuming: resuming,
      cancellation: cancellation, onProgress: onProgress)
  }

  @Test("Training learns, keeps the best epoch's weights, and says how it went")
  func learns() throws {
    let result = try fit()
    #expect(result.ending == .finished)
    #expect(result.history.map(\.epoch) == [1, 2, 3, 4])
    let best = try #require(result.best)
    #expect(best.validationAccuracy! > 0.85)
    #expect(best.validationAccuracy == result.history.compactMap(\.validationAccuracy).max())
    #expect(result.model.facts.metrics["validation.accuracy"] == best.validationAccuracy)
    #expect(result.model.facts.labels == ["left", "right"])
    // The record is what the weights really reach.
    let again = try Evaluator(
      result.model, loss: .crossEntropy, batch: 7, backend: ReferenceBackend()
    ).evaluate(Self.validation)
    #expect(again?.accuracy == best.validationAccuracy)
    #expect(abs(again!.loss - best.validationLoss!) < 1e-6)
  }

  @Test(
    "The same seed gives the same weights, bit by bit; another does not",
    arguments: [ReferenceBackend(), CPUBackend()] as [any Backend])
  func reproducible(_ backend: any Backend) throws {
    let first = try fit(backend: backend)
    #expect(try fit(backend: backend).model.weights == first.model.weights)
    var other = Self.configuration
    other.seed = 10
    #expect(try fit(other, backend: backend).model.weights != first.model.weights)
  }

  @Test(
    "An interrupted run, resumed, ends with the weights of one that was not",
    arguments: [3, 6, 7, 13])
  func resumes(_ stop: Int) throws {
    let cancellation = Cancellation()
    var steps = 0
    let half = try fit(cancellation: cancellation) { progress in
      steps += progress.phase == .training ? 1 : 0
      if steps == stop { cancellation.cancel() }
    }
    #expect(half.ending == .interrupted)
    #expect(half.checkpoint.state.stepCount == stop)
    let whole = try fit()
    let rest = try fit(resuming: half.checkpoint)
    #expect(rest.ending == .finished)
    #expect(rest.model.weights == whole.model.weights)
    #expect(rest.checkpoint.state == whole.checkpoint.state)
    #expect(rest.history.map(\.validationLoss) == whole.history.map(\.validationLoss))
    #expect(rest.history.map(\.trainLoss) == whole.history.map(\.trainLoss))
  }

  @Test("One output means a binary decision")
  func binary() throws {
    let result = try fit(model: Self.network(outputs: 1))
    #expect(result.best!.validationAccuracy! > 0.85)
    #expect(result.model.facts.task == "binary")
  }

  @Test("Early stopping ends the run when the validation loss has stopped falling")
  func stopsEarly() throws {
    var configuration = Self.configuration
    configuration.epochs = 30
    configuration.learningRate = 1e-9
    configuration.optimizer = .sgd()
    configuration.earlyStopping = EarlyStopping(patience: 1, minimumDelta: 0.5)
    let result = try fit(configuration)
    #expect(result.ending == .stoppedEarly)
    #expect(result.history.count == 3)
  }

  @Test("Progress counts every step, then validation, then the epoch")
  func progress() throws {
    var seen: [TrainingProgress] = []
    var configuration = Self.configuration
    configuration.epochs = 1
    _ = try fit(configuration) { seen.append($0) }
    #expect(seen.map(\.step) == [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 6])
    #expect(seen.prefix(6).allSatisfy { $0.phase == .training && $0.steps == 6 })
    #expect(seen[6].phase == .validating)
    if case .epochDone = seen.last!.phase {} else { Issue.record("no epoch record") }
  }

  @Test("A loss that is no number stops the run and says what to do")
  func diverges() throws {
    var configuration = Self.configuration
    configuration.learningRate = 1e30
    configuration.optimizer = .sgd()
    let error = #expect(throws: LeptonError.self) { try fit(configuration, model: Self.network()) }
    #expect(error?.fix.contains("learning rate") == true)
  }

  @Test("Data that do not fit the model are refused with what would")
  func mismatch() throws {
    let wide = try Dense(3, 2).model(input: TensorType(.f32, [1, 3]))
    let error = #expect(throws: LeptonError.self) { try fit(model: wide) }
    #expect(error?.what.contains("[3]") == true && error?.what.contains("[2]") == true)
    let image = try Relu().model(input: TensorType(.f64, [1, 2]))
    #expect(throws: LeptonError.self) { try fit(model: image) }
  }

  @Test("Gradients longer than the limit are scaled down to it")
  func clips() throws {
    let model = try Dense(2, 2).model(input: TensorType(.f32, [1, 2]), seed: 1)
    func change(clip: Double?) throws -> (moved: Double, norm: Double?) {
      let run = try TrainingRun(
        model, loss: .crossEntropy, optimizer: .sgd(), batch: 2, clipNorm: clip,
        backend: ReferenceBackend())
      let x = TensorData([Float](arrayLiteral: 30, -10, 20, 40), shape: [2, 2])
      let result = try run.step(
        [x], labels: TensorData([0, 0] as [Int32], shape: [2]), learningRate: 1)
      let after = try run.model().weights
      let squares = model.weights.map { name, before in
        zip(before.doubles, after[name]!.doubles).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      }
      return (squares.reduce(0, +).squareRoot(), result.gradientNorm)
    }
    let free = try change(clip: nil)
    let clipped = try change(clip: 0.5)
    #expect(free.norm == nil)
    #expect(abs(clipped.norm! - free.moved) < 1e-4 * free.moved)
    #expect(free.moved > 0.5)
    #expect(abs(clipped.moved - 0.5) < 1e-4)
  }
}

@Suite struct ScheduleTests {
  @Test(
    "Schedules give the rate of each epoch",
    arguments: [
      (LearningRateSchedule.constant, [1, 1, 1, 1]),
      (.step(every: 2, factor: 0.1), [1, 1, 0.1, 0.1]),
      (.cosine(), [1, 0.8535533905932737, 0.5, 0.14644660940672627]),
      (.cosine(warmup: 2, floor: 0.5), [0, 0.5, 1, 0.75]),
    ] as [(LearningRateSchedule, [Double])])
  func rates(_ schedule: LearningRateSchedule, _ expected: [Double]) {
    for (epoch, rate) in expected.enumerated() {
      let actual = schedule.rate(base: 1, epoch: Double(epoch), of: 4, losses: [])
      #expect(abs(actual - rate) < 1e-12, "epoch \(epoch): \(actual)")
    }
  }

  @Test("A plateau lowers the rate once for each patience spent, down to the floor")
  func plateau() {
    let schedule = LearningRateSchedule.reduceOnPlateau(patience: 1, factor: 0.1, floor: 0.05)
    func rate(_ losses: [Double]) -> Double {
      schedule.rate(base: 1, epoch: Double(losses.count), of: 10, losses: losses)
    }
    #expect(rate([3, 2, 1]) == 1)
    #expect(rate([3, 2, 2]) == 1)
    #expect(rate([3, 2, 2, 2]) == 0.1)
    #expect(rate([3, 2, 2, 2, 1]) == 0.1)
    #expect(rate([3, 2, 2, 2, 2, 2]) == 0.05)
  }

  @Test("Early stopping waits for its patience and ignores small gains")
  func earlyStopping() {
    let stopping = EarlyStopping(patience: 2, minimumDelta: 0.1)
    #expect(!stopping.shouldStop([3, 2, 2, 2]))
    #expect(stopping.shouldStop([3, 2, 2, 2, 2]))
    #expect(stopping.shouldStop([3, 2, 1.95, 1.94, 1.93]))
    #expect(!stopping.shouldStop([3, 2, 2, 2, 1.8]))
  }
}
