package import Foundation
import LeptonCompiler
package import LeptonFormats
package import LeptonGraph
package import LeptonONNX
import LeptonOps
import LeptonValues

/// A model on its way into a file.
package struct ModelExport {
  private let model: Model
  private let format: FileFormat
  /// Says the form of an ONNX file.
  private let exporter: ONNXExporter

  package init(_ model: Model, as format: FileFormat = .onnx, by exporter: ONNXExporter = .init()) {
    self.model = model
    self.format = format
    self.exporter = exporter
  }

  /// How far outputs of the file may be from those of the model, relative to the largest: other orders of summation, and
  /// what falls to the other side where outputs themselves are rounded.
  private var tolerance: Double {
    model.graph.dataOutputs.map { port in
      switch model.graph.type(of: port.value).dtype {
      case .f16: 0x1p-9
      case .bf16: 0x1p-6
      default: 1e-4
      }
    }.max() ?? 1e-4
  }

  /// For which open extents models are compared: what networks that halve images five times take.
  package static let openExtent = 64

  /// Writes the file, opens it again and compares the outputs for random inputs with those of the model, its weights as the
  /// file has them; answers their largest difference, relative to the largest output.
  @discardableResult
  package func write(to url: URL) throws -> Double {
    let model = format == .onnx ? exporter.storage.rounding(model) : model
    return try CheckedOutput(url: url).make {
      switch format {
      case .onnx: try exporter.write(self.model, to: $0)
      case .tflite: try TFLiteExporter().write(Self.exportable(model), to: $0.path)
      default:
        throw LeptonError(
          .usage, "models are not written as \(format.rawValue)",
          fix: "name an .onnx or .tflite file")
      }
    } check: { place in
      var opener = try ModelOpener(place.path, format: format)
      opener.openExtent = Self.openExtent
      let read = try opener.model(batch: model.batch)
      guard format != .onnx || read.facts.openExtents == model.facts.openExtents else {
        let symbols = Set(model.facts.openExtents.values.flatMap(\.values)).sorted()
        throw LeptonError(
          .badInput, "not all of the extents \(symbols.joined(separator: ", ")) can stay open",
          fix: "name them: " + symbols.map { "--extent \($0)=128" }.joined(separator: " "))
      }
      let difference =
        format == .tflite
        ? try OutputDifference.largest(model, channelsLast: read, seed: 0)
        : try OutputDifference.largest(model, read, seed: 0)
      guard difference <= tolerance else {
        throw LeptonError(
          .defect, "the new file answers otherwise: outputs differ by \(difference) of the largest",
          at: url.path, fix: "please report this with the model that led to it")
      }
      return difference
    }
  }

  /// What storing the weights in fewer bits changes in the outputs for random inputs, relative to the largest; nil where
  /// all weights stay exact.
  package func roundingError() throws -> Double? {
    let rounded = exporter.storage.rounding(model)
    guard format == .onnx, rounded.weights != model.weights else { return nil }
    return try OutputDifference.largest(model, rounded, seed: 0)
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
