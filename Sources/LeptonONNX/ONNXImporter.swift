public import Foundation
public import LeptonGraph
public import LeptonOps
import LeptonValues

/// Reads ONNX files: what PyTorch and others export, and what `Model.writeONNX` saves.
///
/// Trained tensors become parameters under the names of the file, running statistics become state,
/// quantised weights and settings constants. Half precision is computed in single precision, between inputs and outputs of
/// half precision; branches, loops, sequences and the file's own functions are worked out while it is read. An input whose first extent is left open takes `batch`
/// examples; `Model.withBatch` changes that later. Opsets 6 to 28 are read, IR versions 3 to 14.
public struct ONNXImporter: Sendable {
  /// Examples at once, for inputs that leave their first extent open.
  public var batch = 1
  /// Extents for the other symbols of the file's inputs: `["width": 224]`.
  public var extents: [String: Int] = [:]
  /// The extent of symbols that nobody names. They stay open: nodes do not depend on it, as far as reading for other sizes
  /// shows, and the file that the model is written to leaves them open too. nil: they must be named.
  public var openExtent: Int?
  /// Whether nodes in training mode are read as what they were before: a model that is to be trained, not the training
  /// step that an exporter made of it.
  public var restoresTraining = false
  let readers: [String: ONNXReader]

  /// - Parameter operations: whose readers take part; everything that this package knows by default.
  public init(
    batch: Int = 1, extents: [String: Int] = [:], operations: [any Op.Type] = OpSet.all
  ) {
    self.batch = batch
    self.extents = extents
    readers = operations.reduce(into: Compositions.readers) { readers, operation in
      readers.merge(operation.onnxReaders) { $1 }
    }
  }

  /// The operators of ONNX that are read, by op type.
  public static var operatorTypes: Set<String> {
    Set(ONNXImporter().readers.keys).union(Structure.readers.keys)
  }

  /// The model of a file. Tensors that it keeps in other files are looked up beside it.
  ///
  /// - Throws: `LeptonError` (`.io`, `.badInput`) with the file and the node.
  public func model(at url: URL) throws -> Model {
    try specialized(at: url, to: [:]).model
  }

  /// The model of a file for particular feeds, by the names of its inputs. Extents that the file leaves open are
  /// those of the feeds. Where a shape depends on the elements of an input, the graph is read for those that the feed
  /// has, and the input is gone.
  ///
  /// - Throws: `LeptonError` (`.io`, `.badInput`) with the file and the node.
  public func specialized(at url: URL, to feeds: [String: ONNXFeed]) throws -> Specialization {
    try specialization(
      named: url.deletingPathExtension().lastPathComponent, place: url.path,
      directory: url.deletingLastPathComponent(), feeds
    ) { try ModelBytes(contentsOf: url) }
  }

  /// The model that the bytes of a file hold.
  public func model(from data: Data, named name: String = "model") throws -> Model {
    try specialized(from: data, named: name, to: [:]).model
  }

  /// The model that the bytes of a file hold for particular feeds.
  public func specialized(
    from data: Data, named name: String = "model", to feeds: [String: ONNXFeed]
  ) throws -> Specialization {
    try specialization(named: name, place: name, directory: nil, feeds) { ModelBytes(data) }
  }

  /// A model that was read for particular feeds.
  public struct Specialization: Sendable {
    public var model: Model
    /// The inputs whose elements became part of the graph; it is not fed with them.
    public var bound: Set<String>

    public init(model: Model, bound: Set<String>) { (self.model, self.bound) = (model, bound) }
  }

  private func specialization(
    named name: String, place: String, directory: URL?, _ feeds: [String: ONNXFeed],
    _ bytes: () throws -> ModelBytes
  ) throws -> Specialization {
    do {
      var result = try read(ModelFile(bytes()), ExternalData(directory: directory), feeds)
      if result.model.facts.name.isEmpty { result.model.facts.name = name }
      try result.model.verify()
      return result
    } catch let error as LeptonError {
      throw error.within(place)
    }
  }

  private func read(
    _ stored: ModelFile, _ external: ExternalData, _ feeds: [String: ONNXFeed]
  ) throws -> Specialization {
    var external = external
    let file = stored.model
    let opset = try file.checkedOpset()
    let needed = file.graph.needed(of: try file.graph.nodesInOrder())
    var tensors = try StoredTensors(of: stored, external: &external)
    let stated = try file.statedRoles()
    var nodes = tensors.widen(needed, except: stated?.parameter ?? [])
    if stated == nil { nodes = tensors.untie(nodes, keeping: file.graph.output.map(\.name)) }
    let elements = tensors.elements
    let roles =
      stated?.roles(of: elements)
      ?? InitializerRole.roles(of: elements, readBy: nodes)
    var reader = GraphReader(
      source: file.graph, nodes: restoresTraining ? nodes.map(\.beforeTrainingMode) : nodes,
      opset: opset, tensors: tensors, roles: roles,
      readers: readers, functions: try FunctionTable(file),
      isOwn: file.producerName == ONNXExporter.producer, external: external)
    var facts = try file.facts()
    let reading = try graph(&reader, feeds)
    facts.openExtents = reading.open
    let graph = try reading.graph.computingHalfInSingle()
    let residents = Set(graph.residents.map(\.name))
    var model = Model(
      graph: graph,
      weights: elements.filter { residents.contains($0.key) }.mapValues { data in
        data.dtype == .f16 ? data.converted(to: .f32) : data
      },
      facts: facts)
    if reading.isForBatchOnly { model.facts.batch = model.batch }
    return Specialization(model: model, bound: Set(reader.bound.keys))
  }

  /// Reads the graph, and reads it again for as long as it depends on elements that are known.
  private func graph(
    _ reader: inout GraphReader, _ feeds: [String: ONNXFeed]
  ) throws -> Reading {
    let inputs = DataInputs(
      reader.source, excluding: reader.tensors.elements, extents: extents, feeds: feeds)
    try inputs.requireKnown(extents.keys.sorted())
    let tensors = feeds.flatMap { name, feed in
      feed.tensors(named: name).map { ($0.name, $0.data) }
    }
    let known = Dictionary(tensors, uniquingKeysWith: { $1 })
    while true {
      do {
        if feeds.isEmpty { return try graph(&reader, inputs) }
        return Reading(graph: try reader.graph(inputTypes: inputs.types(batch: batch)))
      } catch let dependence as InputDependence {
        guard reader.bind(dependence.sources, to: known) else {
          throw feeds.isEmpty ? dependence.error : dependence.tooLarge
        }
      }
    }
  }
}

extension Model {
  /// Reads an ONNX file; see `ONNXImporter` for what can be chosen.
  public init(onnx url: URL, batch: Int = 1) throws {
    self = try ONNXImporter(batch: batch).model(at: url)
  }
}
