internal import Foundation
package import LeptonGraph
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

  init(_ model: Model, opset: Int, storage: WeightStorage) throws {
    source = model.graph
    var writer = try ONNXWriter(writing: source, opset: opset)
    for port in source.residents {
      guard let data = model.weights[port.name] else { continue }
      let name = writer.name(of: port.value)
      if port.role == .state { roles.state.append(name) } else { roles.parameter.append(name) }
      store(storage.stored(data, port, in: source), as: name)
    }
    inputNames = source.dataInputs.map { writer.name(of: $0.value) }
    for port in source.dataOutputs { outputNames.append(name(output: port, &writer)) }
    nodes += writer.nodes.map(ONNXNodeProto.init)
    initializers += writer.initializers.map { ONNXTensorProto($0.data, name: $0.name) }
  }

  /// What is stored in fewer bits is widened by a node of its own.
  private mutating func store(_ elements: StoredElements, as name: String) {
    switch elements {
    case .exact(let data): initializers.append(ONNXTensorProto(data, name: name))
    case .bf16(let data):
      initializers.append(ONNXTensorProto(data, name: "\(name).bf16"))
      widen(name, "Cast", of: ["\(name).bf16"], ["to": .int(DType.f32.onnxCode)])
    case .int4(let blocks):
      let names = ["\(name).int4", "\(name).scale"]
      initializers += zip([blocks.integers, blocks.scales], names).map {
        ONNXTensorProto($0, name: $1)
      }
      widen(
        name, "DequantizeLinear", of: names,
        ["axis": .int(blocks.axis), "block_size": .int(blocks.length)])
    }
  }

  private mutating func widen(
    _ name: String, _ opType: String, of inputs: [String], _ attributes: [String: ONNXAttribute]
  ) {
    nodes.append(
      ONNXNodeProto(
        ONNXWriter.Emitted(
          opType: opType, name: "\(name)/\(opType)", inputs: inputs, outputs: [name],
          attributes: attributes)))
  }

  /// The name of an output. A value that another port already gives its name passes an Identity.
  private mutating func name(output port: Graph.Port, _ writer: inout ONNXWriter) -> String {
    let name = writer.name(of: port.value)
    let isInput = source.inputs.contains { $0.value == port.value && $0.name != port.name }
    guard isInput || outputNames.contains(name) else { return name }
    let other = writer.fresh(port.name)
    writer.emit("Identity", [name], [other])
    return other
  }

  /// The graph with its ports; `extents` says which of their extents stay open.
  func graph(extents: OpenExtents) -> ONNXGraphProto {
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
  init(writing graph: Graph, opset: Int) throws {
    self.init(graph, opset: opset)
    for node in graph.nodes { try write(node) }
  }
}

extension ONNXNodeProto {
  package init(_ node: ONNXWriter.Emitted) {
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
