import Foundation
import LeptonData
public import LeptonValues

/// The checkpoints of one run on disk: `step-00000469/` with `state.safetensors` (weights, statistics,
/// optimizer), `best.safetensors`, `state.json` and, written last, `MANIFEST.json` with the digest of
/// each.
///
/// A checkpoint is written beside its place and renamed, so that one that can be found is whole. A
/// run that is killed at any moment resumes from the newest one, and goes on bit by bit as it would
/// have.
public struct CheckpointFolder: Sendable {
  public let path: String
  /// How many of the newest are kept.
  public var kept = 2

  public init(_ path: String) { self.path = path }

  private static let prefix = "step-"
  private static let manifest = "MANIFEST.json"
  private static let files = ["state.safetensors", "best.safetensors", "state.json"]

  /// What `state.json` holds.
  private struct Facts: Codable {
    var format = 1
    var stepCount: Int
    var epoch: Int
    var step: Int
    var lossSum: Double
    var correctSum: Double
    var history: [EpochRecord]
    var best: EpochRecord?
  }

  /// Writes a checkpoint and removes those that are not kept.
  ///
  /// - Throws: `LeptonError` of kind `io`; earlier checkpoints stay.
  public func save(_ checkpoint: TrainingCheckpoint) throws {
    let name = Self.prefix + String(format: "%08d", checkpoint.state.stepCount)
    let partial = "\(path)/.\(name).partial-\(ProcessInfo.processInfo.processIdentifier)"
    let files = FileManager.default
    do {
      try files.createDirectory(atPath: partial, withIntermediateDirectories: true)
      try SafeTensors.write(checkpoint.state.residents, to: "\(partial)/\(Self.files[0])")
      try SafeTensors.write(checkpoint.bestWeights, to: "\(partial)/\(Self.files[1])")
      let facts = Facts(
        stepCount: checkpoint.state.stepCount, epoch: checkpoint.epoch, step: checkpoint.step,
        lossSum: checkpoint.lossSum, correctSum: checkpoint.correctSum,
        history: checkpoint.history, best: checkpoint.best)
      try DurableFile.write(Self.json(facts), to: "\(partial)/\(Self.files[2])")
      let digests = try Dictionary(
        uniqueKeysWithValues: Self.files.map { ($0, try SHA256.hex(ofFile: "\(partial)/\($0)")) })
      try DurableFile.write(Self.json(digests), to: "\(partial)/\(Self.manifest)")
      let place = "\(path)/\(name)"
      if files.fileExists(atPath: place) { try files.removeItem(atPath: place) }
      try files.moveItem(atPath: partial, toPath: place)
      try DurableFile.flushFolder(path)
    } catch let error as LeptonError {
      try? files.removeItem(atPath: partial)
      throw error
    } catch {
      try? files.removeItem(atPath: partial)
      throw LeptonError(
        .io, "the checkpoint cannot be written: \(error.localizedDescription)", at: path)
    }
    for old in try names().dropLast(kept) { try? files.removeItem(atPath: "\(path)/\(old)") }
  }

  /// The newest checkpoint that is whole, nil where there is none.
  ///
  /// - Parameter onDamage: told of newer ones that had to be passed over.
  /// - Throws: `LeptonError` where checkpoints are there and all are damaged.
  public func load(onDamage: (LeptonError) -> Void = { _ in }) throws -> TrainingCheckpoint? {
    var damage: LeptonError?
    for name in try names().reversed() {
      do {
        return try load(name)
      } catch let error as LeptonError {
        damage = error
        onDamage(error)
      }
    }
    if let damage { throw damage }
    return nil
  }

  private func load(_ name: String) throws -> TrainingCheckpoint {
    let folder = "\(path)/\(name)"
    let digests = try Self.decode([String: String].self, "\(folder)/\(Self.manifest)")
    for file in Self.files {
      guard try SHA256.hex(ofFile: "\(folder)/\(file)") == digests[file] else {
        throw LeptonError(
          .badInput, "the file is not what was saved: its digest differs",
          at: "\(folder)/\(file)", fix: "remove this checkpoint to resume from an earlier one")
      }
    }
    let facts = try Self.decode(Facts.self, "\(folder)/\(Self.files[2])")
    guard facts.format == 1 else {
      throw LeptonError(
        .badInput, "the checkpoint has format \(facts.format), this version reads 1", at: folder,
        fix: "resume with the version that saved it")
    }
    return TrainingCheckpoint(
      state: TrainingState(
        stepCount: facts.stepCount,
        residents: try SafeTensors.read("\(folder)/\(Self.files[0])")),
      epoch: facts.epoch, step: facts.step, history: facts.history, lossSum: facts.lossSum,
      correctSum: facts.correctSum, best: facts.best,
      bestWeights: try SafeTensors.read("\(folder)/\(Self.files[1])"))
  }

  /// Oldest first.
  private func names() throws -> [String] {
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path)
        .filter { $0.hasPrefix(Self.prefix) }.sorted()
    } catch {
      throw LeptonError(.io, "the folder cannot be read", at: path, fix: "check its permissions")
    }
  }

  private static func json(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    return try encoder.encode(value)
  }

  private static func decode<T: Decodable>(_ type: T.Type, _ path: String) throws -> T {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw LeptonError(.io, "the file cannot be read", at: path)
    }
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch {
      throw LeptonError(.badInput, "the file is damaged", at: path)
    }
  }
}
