import Foundation
import LeptonData
import LeptonFormats
public import LeptonValues

/// The checkpoints of one run on disk: `step-00000469/` with `state.safetensors` (weights, statistics,
/// optimizer), `best.safetensors`, `state.json` and, written last, `MANIFEST.json` with the digest of
/// each.
///
/// A checkpoint is written beside its place, flushed and renamed, so that one that can be found is
/// whole. A run that is killed at any moment resumes from the newest one, and goes on bit by bit as it
/// would have. One process at a time writes to a folder: see `FolderLock`.
public struct CheckpointFolder: Sendable {
  public let path: String
  /// How many of the newest are kept.
  public var kept = 2

  public init(_ path: String) { self.path = path }

  private static let manifest = "MANIFEST.json"
  private static let files = ["state.safetensors", "best.safetensors", "state.json"]
  static let format = 1

  /// Makes the folder, where there is none, and removes what killed processes left half-written.
  ///
  /// - Throws: `LeptonError` of kind `io`.
  public func prepare() throws {
    try LeptonError.whenWriting(path, "the checkpoint cannot be written") {
      if !FileManager.default.fileExists(atPath: path) {
        try FileManager.default.createDirectory(
          atPath: path, withIntermediateDirectories: true)
        try DurableFile.flushFolder((path as NSString).deletingLastPathComponent)
      }
      for name in try FileManager.default.contentsOfDirectory(atPath: path)
      where name.hasPrefix(CheckpointName.partialPrefix) {
        try FileManager.default.removeItem(atPath: "\(path)/\(name)")
      }
    }
  }

  /// Puts the checkpoints of an earlier run aside, so that a new one cannot be taken for it.
  ///
  /// - Returns: where they are now; nil where there were none.
  public func moveAside() throws -> String? {
    guard try !names().isEmpty else { return nil }
    let place = "\(path).earlier"
    try LeptonError.whenWriting(path, "the checkpoint cannot be written") {
      if FileManager.default.fileExists(atPath: place) {
        try FileManager.default.removeItem(atPath: place)
      }
      try FileManager.default.moveItem(atPath: path, toPath: place)
    }
    try prepare()
    return place
  }

  /// Writes a checkpoint; once it is safe on the disk, removes those that are not kept.
  ///
  /// - Returns: the folder of the checkpoint.
  /// - Throws: `LeptonError` of kind `io`; earlier checkpoints stay.
  @discardableResult
  public func save(_ checkpoint: TrainingCheckpoint) throws -> String {
    let earlier = try names()
    let step = checkpoint.state.stepCount
    // One that has the name already is damaged and was passed over, or is of an interruption between the last step of
    // an epoch and its end.
    let revision = earlier.last { $0.step == step }.map { $0.revision + 1 } ?? 0
    let name = CheckpointName(step: step, revision: revision)
    let partial = "\(path)/\(CheckpointName.partialPrefix)\(name)"
    do {
      try LeptonError.whenWriting(path, "the checkpoint cannot be written") {
        try FileManager.default.createDirectory(
          atPath: partial, withIntermediateDirectories: false)
        try write(checkpoint, into: partial)
        try DurableFile.rename(partial, to: "\(path)/\(name)")
      }
    } catch {
      try? FileManager.default.removeItem(atPath: partial)
      throw error
    }
    // Those of later steps are damaged ones, which were passed over.
    let past = earlier.filter { $0 < name }
    for old in past.dropLast(max(0, kept - 1)) + earlier.filter({ $0 > name }) {
      try? FileManager.default.removeItem(atPath: "\(path)/\(old)")
    }
    return "\(path)/\(name)"
  }

  private func write(_ checkpoint: TrainingCheckpoint, into folder: String) throws {
    let contents = try [
      SafeTensors.encode(checkpoint.state.residents), SafeTensors.encode(checkpoint.bestWeights),
      CheckpointFacts(checkpoint).json(),
    ]
    var digests: [String: String] = [:]
    for (file, data) in zip(Self.files, contents) {
      try DurableFile.writeAndFlush([data], to: "\(folder)/\(file)")
      var hash = SHA256()
      data.withUnsafeBytes { hash.update($0) }
      digests[file] = hash.hex()
    }
    try DurableFile.writeAndFlush(
      [CheckpointFacts.json(digests)], to: "\(folder)/\(Self.manifest)")
    try DurableFile.flushFolder(folder)
  }

  /// The newest checkpoint that is whole, nil where there is none.
  ///
  /// - Parameter onDamage: told of newer ones that had to be passed over.
  /// - Throws: `LeptonError` where checkpoints are there and all are damaged.
  public func load(onDamage: (LeptonError) -> Void = { _ in }) throws -> TrainingCheckpoint? {
    var newest: LeptonError?
    for name in try names().reversed() {
      do {
        return try load(name)
      } catch let error as LeptonError {
        newest = newest ?? error
        onDamage(error)
      }
    }
    if let newest { throw newest }
    return nil
  }

  private func load(_ name: CheckpointName) throws -> TrainingCheckpoint {
    let folder = "\(path)/\(name)"
    let digests = try CheckpointFacts.decode([String: String].self, "\(folder)/\(Self.manifest)")
    for file in Self.files {
      guard try SHA256.hex(ofFile: "\(folder)/\(file)") == digests[file] else {
        throw LeptonError(
          .badInput, "the file is not what was saved: its digest differs",
          at: "\(folder)/\(file)", fix: "remove this checkpoint to resume from an earlier one")
      }
    }
    let facts = try CheckpointFacts(file: "\(folder)/\(Self.files[2])")
    guard facts.stepCount == name.step else {
      throw LeptonError(
        .badInput, "the checkpoint is of step \(facts.stepCount), its folder says another",
        at: folder, fix: "give the folder its own name back")
    }
    return facts.checkpoint(
      residents: try SafeTensors.read("\(folder)/\(Self.files[0])"),
      bestWeights: try SafeTensors.read("\(folder)/\(Self.files[1])"))
  }

  /// Oldest first.
  private func names() throws -> [CheckpointName] {
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path)
        .compactMap(CheckpointName.init).sorted()
    } catch {
      throw LeptonError(.io, "the folder cannot be read", at: path, fix: "check its permissions")
    }
  }
}

/// `step-00000469`, or `step-00000469.1` where another has the name already.
struct CheckpointName: Comparable, CustomStringConvertible {
  var step: Int
  var revision = 0

  /// Of what is not yet complete.
  static let partialPrefix = ".partial-"
  private static let prefix = "step-"

  init(step: Int, revision: Int) { (self.step, self.revision) = (step, revision) }

  init?(_ name: String) {
    guard name.hasPrefix(Self.prefix) else { return nil }
    let numbers = name.dropFirst(Self.prefix.count).split(
      separator: ".", omittingEmptySubsequences: false)
    let values = numbers.compactMap { Int($0) }.filter { $0 >= 0 }
    guard values.count == numbers.count, (1...2).contains(values.count) else { return nil }
    self.init(step: values[0], revision: values.count == 2 ? values[1] : 0)
  }

  static func < (a: CheckpointName, b: CheckpointName) -> Bool {
    (a.step, a.revision) < (b.step, b.revision)
  }

  var description: String {
    Self.prefix + String(format: "%08d", step) + (revision == 0 ? "" : ".\(revision)")
  }
}
