import ArgumentParser
import Foundation
import LeptonGraph
import LeptonNavigator
import LeptonONNX
import LeptonValues

/// The model that a command works on.
struct ModelFile: ParsableArguments {
  @Argument(
    help: "An ONNX or TensorFlow Lite file.", completion: .file(extensions: ["onnx", "tflite"]))
  var model: String

  @Option(
    help: ArgumentHelp(
      "The extent of an axis that the file leaves open, such as sequence=128.",
      valueName: "symbol=extent"))
  var extent: [String] = []

  init() {}

  init(extents: [String], of model: String) {
    self.model = model
    extent = extents
  }

  /// Reads it for `batch` examples at once.
  func read(batch: Int) throws -> Model { try read(batch: batch, for: [:]).model }

  /// Reads it for so many examples at once, and where that must be for the elements of some inputs.
  ///
  /// - Parameter openExtent: of symbols that `--extent` does not name, which stay open; nil: it must name them.
  func read(
    batch: Int, for feeds: [String: TensorData], openExtent: Int? = nil
  ) throws -> ONNXImporter.Specialization {
    guard batch >= 1 else {
      throw LeptonError(
        .usage, "a batch of \(batch) examples", at: "--batch", fix: "give 1 or more")
    }
    var opener = try ModelOpener(model)
    opener.openExtent = openExtent
    return try opener.specialized(batch: batch, extents: extents(), to: feeds)
  }

  /// Reads it for so many examples at once; for as many as the file says where `batch` is nil.
  ///
  /// - Parameter openExtent: as for `read`.
  func model(batch: Int?, openExtent: Int? = nil) throws -> Model {
    let model = try read(batch: batch ?? 1, for: [:], openExtent: openExtent).model
    return try batch.map { try model.withBatch($0) } ?? model
  }

  private func extents() throws -> [String: Int] {
    var extents: [String: Int] = [:]
    for text in extent {
      let parts = text.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, let value = Int(parts[1]), value > 0 else {
        throw LeptonError(
          .usage, "'\(text)' is not an axis with its extent", at: "--extent",
          fix: "write it as sequence=128")
      }
      extents[String(parts[0])] = value
    }
    return extents
  }
}
