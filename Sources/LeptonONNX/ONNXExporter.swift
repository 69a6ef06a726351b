public import Foundation
public import LeptonGraph
import LeptonOps
import LeptonValues

/// Writes models as ONNX files, opset 21, IR version 10, that other runtimes execute.
///
/// The graph is lowered for inference. Parameters and state become initializers under their names. The number of examples stays open
/// (`batch`) wherever the graph allows it. What ONNX cannot say (labels, metrics, lineage) travels in
/// the file's metadata.
public struct ONNXExporter: Sendable {
  /// How trained weights are stored.
  public enum Storage: Sendable {
    /// In the type that the graph computes with.
    case exact
    /// Single-precision parameters in two bytes, rounded to bf16, and widened when the model loads.
    case bf16
  }

  public var storage = Storage.exact
  /// Bytes of weights from which they go into a file of their own beside the model: protobuf ends at
  /// two gigabytes.
  public var largestEmbedding = 1 << 30

  public init(storage: Storage = .exact) { self.storage = storage }

  static let opset: Int64 = 21
  static let producer = "lepton"
  static let irVersion: Int64 = 10

  /// The bytes of the file, weights included.
  public func data(of model: Model) throws -> Data { try file(of: model).serialized() }

  /// Writes the file, all or nothing.
  ///
  /// - Throws: `LeptonError`: `.badInput` where an operation has no ONNX form, `.io` where the disk
  ///   refuses.
  public func write(_ model: Model, to url: URL) throws {
    var file = try file(of: model)
    let byteCount = file.graph.initializer.reduce(0) { $0 + $1.rawData.count }
    if byteCount > largestEmbedding { try moveWeights(of: &file, beside: url) }
    try DurableFile.write(file.serialized(), to: url.path)
  }

  private func file(of model: Model) throws -> ONNXModelProto {
    try model.verify()
    var model = model
    model.graph = try model.graph.lowered(for: .inference)
    let extents = OpenBatch(model.graph)
    let nodes = try GraphWriter(model, storage: storage)
    var file = ONNXModelProto()
    file.irVersion = Self.irVersion
    file.producerName = Self.producer
    var opset = ONNXOperatorSetIdProto()
    opset.version = Self.opset
    file.opsetImport = [opset]
    file.graph = nodes.graph(extents: extents)
    try file.setMetadata(StatedRoles.key, nodes.roles)
    try file.setMetadata(Model.Facts.key, model.facts)
    for (key, text) in model.facts.plain { file.setMetadata(key, text: text) }
    return file
  }

  /// Puts the elements of all large initializers into `NAME.onnx.data`, each at a multiple of 64.
  private func moveWeights(of file: inout ONNXModelProto, beside url: URL) throws {
    let location = url.lastPathComponent + ".data"
    var pieces: [Data] = []
    var offset = 0
    for index in file.graph.initializer.indices
    where file.graph.initializer[index].rawData.count >= 1024 {
      let bytes = file.graph.initializer[index].rawData
      file.graph.initializer[index].rawData = Data()
      file.graph.initializer[index].dataLocation = .external
      file.graph.initializer[index].externalData = [
        ("location", location), ("offset", "\(offset)"), ("length", "\(bytes.count)"),
      ].map(ONNXStringStringEntryProto.init)
      let padding = (64 - bytes.count % 64) % 64
      pieces += [bytes, Data(count: padding)]
      offset += bytes.count + padding
    }
    try DurableFile.write(
      pieces, to: url.deletingLastPathComponent().appendingPathComponent(location).path)
  }
}

extension Model {
  /// Saves the model, its graph lowered for inference, as an ONNX file.
  public func writeONNX(to url: URL) throws { try ONNXExporter().write(self, to: url) }
}

extension Model.Facts {
  /// The facts that other tools look for, as plain text.
  fileprivate var plain: [(String, String)] {
    [("name", name), ("task", task), ("labels", labels.joined(separator: ","))]
      .filter { !$0.1.isEmpty }
  }
}

extension ONNXStringStringEntryProto {
  fileprivate init(_ key: String, _ value: String) {
    self.init()
    self.key = key
    self.value = value
  }
}
