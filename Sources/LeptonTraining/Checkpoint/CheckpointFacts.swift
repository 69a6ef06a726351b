import Foundation
import LeptonValues

/// What `state.json` of a checkpoint holds: everything but tensors.
struct CheckpointFacts: Codable {
  private var format = CheckpointFolder.format
  var stepCount: Int
  private var epoch: Int
  private var step: Int
  private var lossSum: Double
  private var correctSum: Double?
  private var history: [EpochRecord]
  private var best: EpochRecord?
  private var origin: TrainingCheckpoint.Origin?

  init(_ checkpoint: TrainingCheckpoint) {
    stepCount = checkpoint.state.stepCount
    epoch = checkpoint.epoch
    step = checkpoint.step
    lossSum = checkpoint.lossSum
    correctSum = checkpoint.correctSum
    history = checkpoint.history
    best = checkpoint.best
    origin = checkpoint.origin
  }

  /// - Throws: `LeptonError`: of kind `badInput` where a later version wrote the file.
  init(file: String) throws {
    let format = try Self.decode(Format.self, file).format
    guard format == CheckpointFolder.format else {
      throw LeptonError(
        .badInput,
        "the checkpoint has format \(format), this version reads \(CheckpointFolder.format)",
        at: file, fix: "resume with the version that saved it")
    }
    self = try Self.decode(CheckpointFacts.self, file)
  }

  private struct Format: Decodable { let format: Int }

  func checkpoint(
    residents: [String: TensorData], bestWeights: [String: TensorData]
  ) -> TrainingCheckpoint {
    TrainingCheckpoint(
      state: TrainingState(stepCount: stepCount, residents: residents), epoch: epoch, step: step,
      history: history, lossSum: lossSum, correctSum: correctSum, best: best,
      bestWeights: bestWeights, origin: origin)
  }

  func json() throws -> Data { try Self.json(self) }

  static func json(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try encoder.encode(value)
  }

  static func decode<T: Decodable>(_ type: T.Type, _ path: String) throws -> T {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw LeptonError(.io, "the file cannot be read", at: path)
    }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    do {
      return try decoder.decode(type, from: data)
    } catch {
      throw LeptonError(.badInput, "the file is damaged", at: path)
    }
  }
}
