import Foundation
import LeptonGraph
import LeptonData
import LeptonRuntime
import LeptonValues
import Testing

import LeptonTraining

@Suite("Checkpoints")
struct CheckpointTests {
  /// A folder that is gone after the test.
  final class Scratch {
    let path = NSTemporaryDirectory() + "lepton-\(UUID().uuidString)"
    init() throws {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  /// An empty folder with checkpoints, which goes away with its scratch.
  private func folder(_ scratch: Scratch) throws -> CheckpointFolder {
    let folder = CheckpointFolder(scratch.path + "/checkpoints")
    try folder.prepare()
    return folder
  }

  private static let tensors: [String: TensorData] = [
    "a.weight": TensorData([1, -2.5, .infinity] as [Float], shape: [3]),
    "b": TensorData([1, 2, 3, 4, 5, 6] as [Int64], shape: [2, 3]),
    "scalar": TensorData(scalar: 0.1),
    "half": TensorData([0.5, 2], as: TensorType(.bf16, [2])),
  ]

  private func checkpoint(_ step: Int) -> TrainingCheckpoint {
    TrainingCheckpoint(
      state: TrainingState(stepCount: step, residents: Self.tensors), epoch: 0,
      step: step, history: [], best: nil, bestWeights: [:])
  }

  private func names(_ folder: CheckpointFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  private func flip(_ file: String) throws {
    var bytes = try #require(FileManager.default.contents(atPath: file))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(fileURLWithPath: file))
  }

  private func fit(
    _ configuration: TrainingConfiguration = TrainerTests.configuration,
    resuming: TrainingCheckpoint? = nil, model: Model? = nil,
    onCheckpoint: ((TrainingCheckpoint) throws -> Void)? = nil
  ) throws -> TrainingResult {
    try Trainer.fit(
      model ?? TrainerTests.network(), train: TrainerTests.train,
      validation: TrainerTests.validation, configuration: configuration,
      backend: ReferenceBackend(), resuming: resuming, onCheckpoint: onCheckpoint)
  }

  @Test("A run resumes from disk after any step, bit by bit")
  func resumes() throws {
    let folder = try folder(Scratch())
    #expect(try folder.load() == nil)
    var configuration = TrainerTests.configuration
    configuration.checkpoints.everySteps = 1
    configuration.schedule = .cosine(warmup: 0.5)
    configuration.epochs = 3
    let whole = try fit(configuration)
    let scratch = try Scratch()
    var saved: [Int] = []
    _ = try fit(configuration) {
      let folder = CheckpointFolder("\(scratch.path)/\(saved.count)")
      try folder.prepare()
      try folder.save($0)
      saved.append($0.state.stepCount)
    }
    #expect(saved == Array(1...18))
    for place in saved.indices {
      let loaded = try #require(try CheckpointFolder("\(scratch.path)/\(place)").load())
      let resumed = try fit(configuration, resuming: loaded)
      #expect(resumed.model.weights == whole.model.weights)
      #expect(resumed.checkpoint.state == whole.checkpoint.state)
      #expect(resumed.history.map(\.trainAccuracy) == whole.history.map(\.trainAccuracy))
      #expect(resumed.history.map(\.validationLoss) == whole.history.map(\.validationLoss))
    }
  }

  @Test("They are saved every few steps and after each epoch, never twice at one step")
  func cadence() throws {
    var configuration = TrainerTests.configuration
    configuration.epochs = 2
    configuration.checkpoints.everySteps = 4
    var saved: [Int] = []
    _ = try fit(configuration) { saved.append($0.state.stepCount) }
    #expect(saved == [4, 6, 8, 12])
    configuration.checkpoints = CheckpointCadence(everyMinutes: 1e-9)
    saved = []
    _ = try fit(configuration) { saved.append($0.state.stepCount) }
    #expect(saved == Array(1...12))
    configuration.checkpoints.kept = 0
    #expect(throws: LeptonError.self) { try fit(configuration) }
  }

  @Test("A run that is resumed where it stopped early stops there again")
  func staysStopped() throws {
    var configuration = TrainerTests.configuration
    configuration.epochs = 30
    configuration.learningRate = 1e-9
    configuration.earlyStopping = EarlyStopping(patience: 2)
    var saved: [TrainingCheckpoint] = []
    let whole = try fit(configuration) { saved.append($0) }
    #expect(whole.ending == .stoppedEarly)
    let again = try fit(configuration, resuming: saved[saved.count - 1])
    #expect(again.ending == .stoppedEarly)
    #expect(again.history == whole.history && again.model.weights == whole.model.weights)
  }

  @Test("The newest are kept, whatever the number of digits of their steps")
  func prunes() throws {
    let scratch = try Scratch()
    var folder = try folder(scratch)
    folder.kept = 3
    for step in [1, 99_999_999, 100_000_000, 1_000_000_001] { try folder.save(checkpoint(step)) }
    #expect(try names(folder) == ["step-100000000", "step-1000000001", "step-99999999"])
    #expect(try folder.load()?.state.stepCount == 1_000_000_001)
  }

  @Test(
    "Whatever happens to the newest, the one before it is taken, and that is said",
    arguments: ["state.safetensors", "best.safetensors", "state.json", "MANIFEST.json"])
  func fallsBack(file: String) throws {
    for damage in 0..<3 {
      let scratch = try Scratch()
      let folder = try folder(scratch)
      try folder.save(checkpoint(1))
      let newest = try folder.save(checkpoint(2)) + "/\(file)"
      switch damage {
      case 0: try flip(newest)
      case 1: try FileManager.default.removeItem(atPath: newest)
      default:
        let bytes = try #require(FileManager.default.contents(atPath: newest))
        try bytes.dropLast(3).write(to: URL(fileURLWithPath: newest))
      }
      var told: [LeptonError] = []
      let loaded = try folder.load { told.append($0) }
      #expect(loaded?.state.stepCount == 1)
      #expect(told.count == 1 && told[0].place.contains("step-00000002"))
      try FileManager.default.removeItem(atPath: folder.path + "/step-00000001")
      #expect(throws: LeptonError.self) { try folder.load() }
    }
  }

  @Test("Checkpoints that changed places, and those of a later format, are passed over")
  func wrongPlaces() throws {
    let scratch = try Scratch()
    let folder = try folder(scratch)
    try folder.save(checkpoint(1))
    let newest = try folder.save(checkpoint(2))
    let files = FileManager.default
    try files.moveItem(atPath: newest, toPath: folder.path + "/step-00000003")
    #expect(try folder.load()?.state.stepCount == 1)
    try files.moveItem(atPath: folder.path + "/step-00000003", toPath: newest)
    let state = newest + "/state.json"
    let text = try String(contentsOfFile: state, encoding: .utf8)
      .replacing("\"format\" : 1", with: "\"format\" : 2")
    try text.write(toFile: state, atomically: true, encoding: .utf8)
    let old = try SHA256.hex(
      of: Array(Data(contentsOf: URL(fileURLWithPath: newest + "/best.safetensors"))))
    let digests = [
      "state.json": SHA256.hex(of: Array(text.utf8)), "best.safetensors": old,
      "state.safetensors": try SHA256.hex(ofFile: newest + "/state.safetensors"),
    ]
    try JSONEncoder().encode(digests).write(to: URL(fileURLWithPath: newest + "/MANIFEST.json"))
    var told: [LeptonError] = []
    #expect(try folder.load { told.append($0) }?.state.stepCount == 1)
    #expect(told.first?.what.contains("format 2") == true)
  }

  @Test(
    "The only whole one is never removed, and what was passed over goes once there is a newer one")
  func keepsTheOnlyOne() throws {
    let scratch = try Scratch()
    var folder = try folder(scratch)
    try folder.save(checkpoint(10))
    try flip(try folder.save(checkpoint(20)) + "/state.safetensors")
    folder.kept = 1
    #expect(try folder.load()?.state.stepCount == 10)
    try folder.save(checkpoint(15))
    #expect(try names(folder) == ["step-00000015"])
    try flip(folder.path + "/step-00000015/state.json")
    try folder.save(checkpoint(15))
    #expect(try names(folder) == ["step-00000015.1"])
    #expect(try folder.load()?.state.stepCount == 15)
  }

  @Test(
    "What a killed process left half-written is removed; what an earlier run saved is put aside")
  func cleansUp() throws {
    let scratch = try Scratch()
    let folder = try folder(scratch)
    try folder.save(checkpoint(5))
    try FileManager.default.createDirectory(
      atPath: folder.path + "/.partial-step-00000009", withIntermediateDirectories: false)
    try folder.prepare()
    #expect(try names(folder) == ["step-00000005"])
    let place = try #require(try folder.moveAside())
    #expect(try names(folder) == [] && folder.moveAside() == nil)
    #expect(try CheckpointFolder(place).load()?.state.stepCount == 5)
  }

  @Test("A folder that is gone is an error, and is not made again behind the user's back")
  func vanished() throws {
    let scratch = try Scratch()
    let folder = try folder(scratch)
    try FileManager.default.removeItem(atPath: folder.path)
    let error = try #require(throws: LeptonError.self) { try folder.save(checkpoint(1)) }
    #expect(error.kind == .io)
    #expect(!FileManager.default.fileExists(atPath: folder.path))
  }

  @Test("A folder belongs to one process at a time")
  func locks() throws {
    let scratch = try Scratch()
    var lock: FolderLock? = try FolderLock(scratch.path)
    let error = try #require(throws: LeptonError.self) { try FolderLock(scratch.path) }
    #expect(error.kind == .infeasible)
    withExtendedLifetime(lock) {}
    lock = nil
    _ = try FolderLock(scratch.path)
  }

  @Test("The checkpoint of another model, seed or batch is refused with what differs")
  func refusesOthers() throws {
    var saved: [TrainingCheckpoint] = []
    var configuration = TrainerTests.configuration
    configuration.checkpoints.everySteps = 4
    _ = try fit(configuration) { saved.append($0) }
    let checkpoint = saved[0]
    func refusal(_ change: (inout TrainingConfiguration) -> Void, _ model: Model? = nil) throws
      -> String
    {
      var other = configuration
      change(&other)
      let error = try #require(throws: LeptonError.self) {
        try fit(other, resuming: checkpoint, model: model)
      }
      #expect(error.kind == .badInput)
      return error.what
    }
    #expect(try refusal { $0.batchSize = 8 }.contains("batch 16, this run has 8"))
    #expect(try refusal { $0.seed = 1 }.contains("seed 9, this run has 1"))
    #expect(try refusal { $0.stepLimit = 2 }.contains("steps in an epoch 6, this run has 2"))
    #expect(try refusal { $0.optimizer = .sgd(momentum: 0) }.contains("'optimizer."))
    let wider = try TrainerTests.network(outputs: 3)
    #expect(try refusal({ _ in }, wider).contains("f32["))
    // Between two epochs another batch is a choice.
    configuration.batchSize = 8
    #expect(try fit(configuration, resuming: saved[1]).ending == .finished)
  }

  @Test("Weights that are lost are never saved")
  func refusesNoNumbers() throws {
    var configuration = TrainerTests.configuration
    configuration.optimizer = .sgd(momentum: 0)
    configuration.learningRate = 1e38
    configuration.checkpoints.everySteps = 1
    var saved: [TrainingCheckpoint] = []
    let error = try #require(throws: LeptonError.self) {
      try fit(configuration) { saved.append($0) }
    }
    #expect(error.kind == .badInput && error.what.contains("step"))
    #expect(
      saved.allSatisfy {
        $0.state.residents.values.allSatisfy { $0.doubles.allSatisfy(\.isFinite) }
      })
  }
}
