public import Foundation
import LeptonTraining
import LeptonValues

/// The folder that keeps everything about a run: `config.yaml`, `env.json`, `metrics.jsonl`,
/// `events.out.tfevents...` for TensorBoard, `checkpoints/`, `candidates/`, `model.onnx`,
/// `model_card.md`, `report.json`, `report.html`.
public struct RunFolder: Sendable {
  public let url: URL

  public var configuration: URL { url.appendingPathComponent("config.yaml") }
  public var environment: URL { url.appendingPathComponent("env.json") }
  public var metrics: URL { url.appendingPathComponent("metrics.jsonl") }
  public var artifact: URL { url.appendingPathComponent("model.onnx") }
  public var checkpoints: URL { url.appendingPathComponent("checkpoints", isDirectory: true) }
  public var candidates: URL { url.appendingPathComponent("candidates", isDirectory: true) }
  public var report: URL { url.appendingPathComponent("report.json") }
  public var card: URL { url.appendingPathComponent("model_card.md") }
  public var page: URL { url.appendingPathComponent("report.html") }

  /// Takes the next free `NAME-1`, `NAME-2`, ... in `parent`.
  public static func next(named name: String, in parent: URL) throws -> RunFolder {
    try create(parent)
    for number in 1... {
      let url = parent.appendingPathComponent("\(name)-\(number)", isDirectory: true)
      if !FileManager.default.fileExists(atPath: url.path) { return try RunFolder(creating: url) }
    }
    throw LeptonError(.io, "no number is free", at: parent.path)
  }

  /// Makes this very folder. One that exists is used again; its files of the same names are replaced.
  public init(creating url: URL) throws {
    self.url = url
    try Self.create(candidates)
  }

  private static func create(_ url: URL) throws {
    try LeptonError.whenWriting(url.path, "the folder cannot be made") {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }
  }

  /// Removes TensorBoard's files of an earlier training, whose curves would be drawn into the new ones.
  func removeEventFiles() throws {
    try LeptonError.whenWriting(url.path, "earlier curves cannot be removed") {
      let names = try FileManager.default.contentsOfDirectory(atPath: url.path)
      for name in names where name.hasPrefix(EventFile.prefix) {
        try FileManager.default.removeItem(at: url.appendingPathComponent(name))
      }
    }
  }

  /// The file of a candidate.
  public func candidate(_ name: String) -> URL {
    candidates.appendingPathComponent("\(name).onnx")
  }

  /// Writes down what begins here: the resolved recipe, and where it runs.
  func begin(_ recipe: Recipe) throws {
    try write(Data(recipe.yaml.utf8), to: configuration)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    do {
      try write(encoder.encode(EnvironmentReport.here()), to: environment)
    } catch let error as EncodingError {
      throw LeptonError(.defect, "the environment cannot be written as JSON: \(error)")
    }
  }

  /// Writes a file, all or nothing. One that holds this already is left alone.
  func write(_ data: Data, to url: URL) throws {
    guard FileManager.default.contents(atPath: url.path) != data else { return }
    try DurableFile.write(data, to: url.path)
  }
}
