internal import Foundation
import LeptonGraph
import LeptonOps
import LeptonValues

/// The nodes and initializers of a model as they stand in a file.
struct GraphWriter {
  private let source: Graph
  private(set) var nodes: [ONNXNodeProto] = []
  private(set) var initializers: [ONNXTensorProto] = []
  private(set) var roles = StatedRoles(parameter: [], state: [])
  private var inputNames: [String] = []
  private var outputNames: [String] = []

  init(_ model: Model, storage: ONNXExporter.Storage) throws {
    source = model.graph
    var writer = try ONNXWriter(writing: source)
    for port in source.residents {
      guard let data = model.weights[port.name] else { continue }
      let name = writer.name(of: port.value)
      if port.role == .state { roles.state.append(name) } else { roles.parameter.append(name) }
      store(data, as: name, narrow: storage == .bf16 && port.role == .parameter, &writer)
    }
    inputNames = source.dataInputs.map { writer.name(of: $0.value) }
    for port in source.dataOutputs { outputNames.append(name(output: port, &writer)) }
    nodes += writer.nodes.map(ONNXNodeProto.init)
    initializers += writer.initializers.map { ONNXTensorProto($0.data, name: $0.name) }
  }

  private mutating func store(
    _ data: TensorData, as name: String, narrow: Bool, _ writer: inout ONNXWriter
  ) {
    guard narrow, data.dtype == .f32 else {
      initializers.append(ONNXTensorProto(data, name: name))
      return
    }
    let stored = "\(name).bf16"
    initializers.append(ONNXTensorProto(data.converted(to: .bf16), name: stored))
    var cast = ONNXNodeProto()
    cast.opType = "Cast"
    cast.name = "\(name)/Cast"
    cast.input = [stored]
    cast.output = [name]
    cast.attribute = [ONNXAttributeProto("to", .int(Int(DType.f32.onnxCode)))]
    nodes.append(cast)
  }

  /// The name of an output. A value that another port already gives its name passes an Identity.
  private mutating func name(output port: Graph.Port, _ writer: inout ONNXWriter) -> String {
    let name = writer.name(of: port.value)
    let isTaken = outputNames.contains(name) || source.inputs.contains { $0.value == port.value }
    guard isTaken else { return name }
    let other = writer.temporary(port.name)
    writer.emit("Identity", [name], [other])
    return other
  }

  /// The graph with its ports; `extents` says which of their extents stay open.
  func graph(extents: OpenBatch) -> ONNXGraphProto {
    var graph = ONNXGraphProto()
    graph.name = source.name.isEmpty ? "graph" : source.name
    graph.node = nodes
    graph.initializer = initializers
    graph.input = zip(inputNames, source.dataInputs).map { name, port in
      ONNXValueInfoProto(name, source.type(of: port.value), extents.ofInput[port.name] ?? [:])
    }
    graph.output = zip(outputNames, source.dataOutputs).map { name, port in
      ONNXValueInfoProto(name, source.type(of: port.value), extents.ofOutput[port.name] ?? [:])
    }
    return graph
  }
}

extension ONNXWriter {
  /// All nodes of `graph`, written by their operations.
  init(writing graph: Graph) throws {
    self.init(graph)
    for node in graph.nodes { try write(node) }
  }
}

extension ONNXNodeProto {
  init(_ node: ONNXWriter.Emitted) {
    self.init()
    opType = node.opType
    name = node.name
    input = node.inputs
    output = node.outputs
    attribute = node.attributes.sorted { $0.key < $1.key }.map {
      ONNXAttributeProto($0.key, $0.value)
    }
  }
}

extension ONNXValueInfoProto {
  /// A port; axes in `open` have an extent that is known only when the model runs.
  init(_ name: String, _ type: TensorType, _ open: [Int: String]) {
    self.init()
    self.name = name
    self.type.tensorType.elemType = Int32(type.dtype.onnxCode)
    self.type.tensorType.shape.dim = type.shape.enumerated().map { axis, extent in
      var dim = ONNXTensorShapeProto.Dimension()
      switch open[axis] {
      case nil: dim.dimValue = Int64(extent)
      case "": break
      case let symbol?: dim.dimParam = symbol
      }
      return dim
    }
  }
}
