public import Foundation
import LeptonCompiler
public import LeptonGraph
import LeptonOps
import LeptonValues

/// Writes models as ONNX files that other runtimes execute.
///
/// The graph is lowered for inference. Parameters and state become initializers under their names. The number of examples stays open
/// (`batch`) wherever the graph allows it, and so do extents that were open in the file that the model is of. What ONNX cannot say (labels, metrics, lineage) travels in
/// the file's metadata.
public struct ONNXExporter: Sendable {
  /// The version of the operator set, one of `opsets`.
  public var opset: Int
  public var storage: WeightStorage
  /// Bytes of weights from which they go into a file of their own beside the model: protobuf ends at
  /// two gigabytes.
  public var largestEmbedding = 1 << 30

  public init(opset: Int = ONNXWriter.usualOpset, storage: WeightStorage = .exact) {
    self.opset = opset
    self.storage = storage
  }

  /// The operator sets that files can be written in: from the first whose quantisation has an axis to the newest.
  public static let opsets = 13...ONNXModelProto.opsets.upperBound

  static let producer = "lepton"

  /// The version of the format that came with the operator set (ONNX's `OP_SET_ID_VERSION_MAP`).
  private var irVersion: Int64 {
    switch opset {
    case ..<15: 7
    case ..<19: 8
    case ..<21: 9
    case ..<23: 10
    case 23: 11
    case 24: 12
    case ..<28: 13
    default: 14
    }
  }

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
    model.graph = try graph(of: model)
    let extents = OpenExtents(
      model.graph, others: model.facts.openExtents, hasFixedBatch: model.facts.batch != nil,
      opset: opset)
    let nodes = try GraphWriter(model, opset: opset, storage: storage)
    var file = ONNXModelProto()
    file.irVersion = irVersion
    file.producerName = Self.producer
    var imported = ONNXOperatorSetIdProto()
    imported.version = Int64(opset)
    file.opsetImport = [imported]
    file.graph = nodes.graph(extents: extents)
    try file.setMetadata(StatedRoles.key, nodes.roles)
    try file.setMetadata(Model.Facts.key, model.facts)
    for (key, text) in model.facts.plain { file.setMetadata(key, text: text) }
    return file
  }

  /// The graph in operations and types that the operator set has.
  private func graph(of model: Model) throws -> Graph {
    guard Self.opsets.contains(opset) else {
      throw LeptonError(
        .usage, "models are not written in opset \(opset)",
        fix: "name one of \(Self.opsets.lowerBound) to \(Self.opsets.upperBound)")
    }
    var graph = try model.graph.lowered(for: .inference)
    if opset < LayerNorm.onnxSince {
      graph = try Pass.inlineComposites { !($0 is LayerNorm) }(graph)
    }
    for dtype in Set(graph.types.map(\.dtype)).union(storage.dtypes) where dtype.onnxSince > opset {
      throw LeptonError(
        .badInput, "type \(dtype) came with opset \(dtype.onnxSince), after \(opset)",
        fix: "write the model in opset \(dtype.onnxSince) or later")
    }
    return graph
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
