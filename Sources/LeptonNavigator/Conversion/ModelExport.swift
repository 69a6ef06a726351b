package import Foundation
import LeptonCompiler
package import LeptonFormats
package import LeptonGraph
import LeptonONNX
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
      default:
        throw LeptonError(
          .usage, "models are not written as \(format.rawValue)", fix: "name an .onnx file")
      }
    } check: { place in
      let read = try ModelOpener(place.path, format: format).model(batch: 1)
      let difference = try OutputDifference.largest(model, read, seed: 0)
      guard difference <= Self.tolerance else {
        throw LeptonError(
          .defect, "the new file answers otherwise: outputs differ by \(difference) of the largest",
          at: url.path, fix: "please report this with the model that led to it")
      }
      return difference
    }
  }
}
