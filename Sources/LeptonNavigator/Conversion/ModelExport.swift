package import Foundation
import LeptonCompiler
package import LeptonFormats
package import LeptonGraph
import LeptonONNX
import LeptonOps
import LeptonValues

/// A model on its way into a file.
package struct ModelExport {
  private let model: Model
  private let format: FileFormat

  package init(_ model: Model, as format: FileFormat) {
    self.model = model
    self.format = format
  }

  /// How far outputs of the file may be from those of the model, relative to the largest: other orders of summation.
  private static let tolerance = 1e-4

  /// Writes the file, opens it again and compares the outputs for random inputs; answers their largest difference, relative to
  /// the largest output.
  package func write(to url: URL) throws -> Double {
    try CheckedOutput(url: url).make {
      switch format {
      case .onnx: try model.writeONNX(to: $0)
      case .tflite: try TFLiteExporter().write(Self.exportable(model), to: $0.path)
      default:
        throw LeptonError(
          .usage, "models are not written as \(format.rawValue)",
          fix: "name an .onnx or .tflite file")
      }
    } check: { place in
      let read = try ModelOpener(place.path, format: format).model(batch: model.batch)
      let difference =
        format == .tflite
        ? try OutputDifference.largest(model, channelsLast: read, seed: 0)
        : try OutputDifference.largest(model, read, seed: 0)
      guard difference <= Self.tolerance else {
        throw LeptonError(
          .defect, "the new file answers otherwise: outputs differ by \(difference) of the largest",
          at: url.path, fix: "please report this with the model that led to it")
      }
      return difference
    }
  }

  /// The graph with weights as constants and as few kinds of operations as can be: normalisations are part of convolutions, and
  /// composites that other tools have no name for are written out.
  private static func exportable(_ model: Model) throws -> Graph {
    try model.frozen().applying([
      .recognizeGelu, .foldBatchNorm,
      .inlineComposites { $0 is Softmax || $0 is LogSoftmax || $0 is Resize2D }, .foldConstants,
      .mergeEqual,
      .simplify, .foldConstants,
    ])
  }
}
