import Foundation
import LeptonGraph
import LeptonRuntime
import LeptonValues
import Testing

import LeptonTraining

@Suite struct CheckpointTests {
  /// A folder that is gone after the test.
  final class Scratch {
    let path = NSTemporaryDirectory() + "lepton-\(UUID().uuidString)"
    init() throws {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  static let tensors: [String: TensorData] = [
    "a.weight": TensorData([1, -2.5, .infinity] as [Float], shape: [3]),
    "b": TensorData([1, 2, 3, 4, 5, 6] as [Int64], shape: [2, 3]),
    "scalar": TensorData(scalar: 0.1),
    "bits": TensorData([true, false, true], shape: [3, 1]),
    "empty": TensorData([] as [UInt8], shape: [0, 4]),
    "half": TensorData([0.5, 2], as: TensorType(.bf16, [2])),
  ]

  @Test("Tensors of every type come back as they were, from equal bytes")
  func roundTrip() throws {
    let bytes = try SafeTensors.encode(Self.tensors)
    #expect(try SafeTensors.decode(bytes) == Self.tensors)
    #expect(try SafeTensors.encode(Self.tensors) == bytes)
  }

  @Test("The bytes are those of the format")
  func format() throws {
    let bytes = try SafeTensors.encode(["x": TensorData([1] as [Float], shape: [1])])
    let header = #"{"x":{"data_offsets":[0,4],"dtype":"F32","shape":[1]}}"#
    #expect(bytes.first == 56)
    #expect(String(decoding: bytes[8..<64], as: UTF8.self) == header + "  ")
    #expect(Array(bytes[64...]) == [0, 0, 0x80, 0x3F])
  }

  @Test("No truncation and no flipped byte of the header crashes the reader")
  func damage() throws {
    let bytes = try SafeTensors.encode(Self.tensors)
    for count in stride(from: 0, to: bytes.count, by: 3) {
      #expect(throws: LeptonError.self) { try SafeTensors.decode(bytes.prefix(count)) }
    }
    for position in 0..<200 {
      var changed = bytes
      changed[position] ^= 0x15
      _ = try? SafeTensors.decode(changed)
    }
  }

  @Test("A run that saves its epochs resumes from disk, bit by bit")
  func resumes() throws {
    let scratch = try Scratch()
    let folder = CheckpointFolder(scratch.path + "/checkpoints")
    #expect(try folder.load() == nil)
    func fit(
      _ resuming: TrainingCheckpoint? = nil, save: Bool = false, epochs: Int = 4
    ) throws -> TrainingResult {
      var configuration = TrainerTests.configuration
      configuration.epochs = epochs
      return try Trainer.fit(
        TrainerTests.network(), train: TrainerTests.train, validation: TrainerTests.validation,
        configuration: configuration, backend: ReferenceBackend(), resuming: resuming,
        onCheckpoint: { if save { try folder.save($0) } })
    }
    _ = try fit(save: true, epochs: 3)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(names == ["step-00000012", "step-00000018"])
    let loaded = try #require(try folder.load())
    let resumed = try fit(loaded)
    let whole = try fit()
    #expect(resumed.model.weights == whole.model.weights)
    #expect(resumed.checkpoint.state == whole.checkpoint.state)
  }

  @Test("A damaged checkpoint is passed over for an earlier one, and said so")
  func fallsBack() throws {
    let scratch = try Scratch()
    let folder = CheckpointFolder(scratch.path)
    func checkpoint(_ step: Int) -> TrainingCheckpoint {
      TrainingCheckpoint(
        state: TrainingState(stepCount: step, residents: Self.tensors), epoch: 0, step: step,
        history: [], best: nil, bestWeights: [:])
    }
    try folder.save(checkpoint(1))
    try folder.save(checkpoint(2))
    let file = folder.path + "/step-00000002/state.safetensors"
    var bytes = try #require(FileManager.default.contents(atPath: file))
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: URL(fileURLWithPath: file))
    var damage: [LeptonError] = []
    let loaded = try folder.load { damage.append($0) }
    #expect(loaded?.state.stepCount == 1)
    #expect(damage.count == 1 && damage[0].place.contains("step-00000002"))
    try FileManager.default.removeItem(atPath: folder.path + "/step-00000001")
    #expect(throws: LeptonError.self) { try folder.load() }
  }
}
