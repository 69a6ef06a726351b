import Foundation
package import LeptonFormats
package import LeptonGraph
package import LeptonONNX
package import LeptonValues

/// A file with a graph, of whichever form.
package struct ModelOpener {
  private let path: String
  private let format: FileFormat
  /// The extent of symbols that nobody names, which stay open; nil: they must be named.
  package var openExtent: Int?

  /// - Throws: `LeptonError` of kind `usage` for a file of weights alone.
  package init(_ path: String) throws { try self.init(path, format: FileFormat(of: path)) }

  package init(_ path: String, format: FileFormat) throws {
    guard format.isModel else {
      throw LeptonError(
        .usage, "it holds weights (\(format.rawValue)) without a graph", at: path,
        fix: "name a model; weights go into one by lepton convert --weights")
    }
    self.path = path
    self.format = format
  }

  /// The model for `batch` examples at once, where the file leaves their number open.
  package func model(batch: Int, extents: [String: Int] = [:]) throws -> Model {
    try specialized(batch: batch, extents: extents, to: [:]).model
  }

  /// The same for particular feeds: shapes of an ONNX file may depend on their elements.
  package func specialized(
    batch: Int, extents: [String: Int], to feeds: [String: TensorData]
  ) throws -> ONNXImporter.Specialization {
    switch format {
    case .tflite:
      return ONNXImporter.Specialization(model: try TFLiteFile.model(path, batch: batch), bound: [])
    default:
      var importer = ONNXImporter(batch: batch, extents: extents)
      importer.openExtent = openExtent
      return try importer.specialized(
        at: URL(fileURLWithPath: path), to: feeds.mapValues { .tensor($0) })
    }
  }
}
