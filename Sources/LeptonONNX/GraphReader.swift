import LeptonGraph
import LeptonOps
import LeptonValues

/// Reads the nodes of a file into a graph, for given extents of its inputs.
struct GraphReader {
  let source: ONNXGraphProto
  let nodes: [ONNXNodeProto]
  let opset: Int
  let tensors: StoredTensors
  var roles: [String: InitializerRole]
  let readers: [String: ONNXReader]
  /// Whether this package wrote the file, and so numbered the names of its nodes.
  let isOwn: Bool
  var external: ExternalData
  /// Inputs whose elements are known, and become constants.
  var bound: [String: TensorData] = [:]

  /// The graph, its parameters and state as ports, constants folded, nothing unused but data inputs.
  mutating func graph(inputTypes: [(name: String, type: TensorType)]) throws -> Graph {
    var context = ONNXReadContext(builder: GraphBuilder(name: source.name)) { data, b in
      try b.add(one: Constant(data))
    }
    var values: [String: Value] = [:]
    for (name, type) in inputTypes {
      values[name] = try read(input: name, type, &context)
    }
    for name in tensors.names {
      values[name] = try read(initializer: name, &context)
    }
    for node in nodes { try read(node, &values, &context) }
    try makeOutputs(values, &context.builder)
    let folded = context.constants
    return try context.builder.graph.folding(folded).withoutUnusedResidents()
  }

  /// Makes constants of `sources`, as far as their elements are known. Answers whether there were any: else reading
  /// again would end at the same place.
  mutating func bind(_ sources: Set<String>, to feeds: [String: TensorData]) -> Bool {
    var isChanged = false
    for name in sources {
      if let role = roles[name], role != .constant {
        roles[name] = .constant
        isChanged = true
      } else if bound[name] == nil, let data = feeds[name] {
        bound[name] = data
        isChanged = true
      }
    }
    return isChanged
  }

  private func read(
    input name: String, _ type: TensorType, _ context: inout ONNXReadContext
  ) throws -> Value {
    guard let data = bound[name] else { return context.builder.input(name, type) }
    guard data.type == type else {
      throw LeptonError(.badInput, "input '\(name)' is \(data.type)", fix: "give \(type)")
    }
    return try context.addConstant(data)
  }

  private func read(
    initializer name: String, _ context: inout ONNXReadContext
  ) throws -> Value? {
    guard let data = tensors.elements[name], let role = roles[name] else { return nil }
    return switch role {
    case .parameter: context.builder.input(name, data.type, role: .parameter)
    case .state: context.builder.input(name, data.type, role: .state)
    case .constant: try context.addConstant(data)
    }
  }

  private mutating func read(
    _ proto: ONNXNodeProto, _ values: inout [String: Value], _ context: inout ONNXReadContext
  ) throws {
    do {
      let node = try onnxNode(proto, values)
      try NodeLimits(node, context).check()
      let first = context.builder.graph.nodes.count
      context.builder.scope = isOwn ? proto.scope : proto.displayName
      let results = try reader(of: proto)(node, &context)
      try context.checkSizes(from: first)
      try context.fold(from: first)
      for (name, value) in zip(proto.output, results) where !name.isEmpty { values[name] = value }
    } catch let unknown as UnknownElements {
      let sources = context.builder.graph.inputs(behind: unknown.value)
      throw InputDependence(
        sources: sources, error: unknown.error.at(proto, dependingOn: sources))
    } catch let error as LeptonError {
      throw LeptonError(error.kind, error.what, at: proto.label, fix: error.fix)
    }
  }

  /// Half precision is computed as single precision.
  private static let float16 = Int(ElementType.float16.rawValue)
  private static let float = Int(ElementType.float.rawValue)

  private func reader(of proto: ONNXNodeProto) throws -> ONNXReader {
    guard ["", "ai.onnx"].contains(proto.domain) else {
      throw LeptonError(
        .badInput, "operators of domain '\(proto.domain)' are not supported",
        fix: "export the model with operators of ONNX only")
    }
    if let reader = readers[proto.opType] { return reader }
    let near = nearestSpelling(of: proto.opType, in: readers.keys.sorted())
    throw LeptonError(
      .badInput, "operator \(proto.opType) is not supported",
      fix: near.map { "the nearest that is: \($0)" } ?? "simplify the model before it is imported")
  }

  private mutating func onnxNode(
    _ proto: ONNXNodeProto, _ values: [String: Value]
  ) throws -> ONNXNode {
    var attributes: [String: ONNXAttribute] = [:]
    for attribute in proto.attribute {
      attributes[attribute.name] = try ONNXAttribute(attribute, external: &external)
    }
    if proto.opType == "Cast", attributes["to"] == .int(Self.float16) {
      attributes["to"] = .int(Self.float)
    }
    let inputs = try proto.input.map { name -> Value? in
      if name.isEmpty { return nil }
      guard let value = values[name] else {
        throw LeptonError(
          .badInput, "it reads '\(name)', a result that is not supported",
          fix: "only the first results of that operator are read")
      }
      return value
    }
    return ONNXNode(
      opType: proto.opType, name: proto.displayName, attributes: attributes, inputs: inputs,
      outputCount: proto.output.count, opset: opset)
  }

  private func makeOutputs(_ values: [String: Value], _ b: inout GraphBuilder) throws {
    guard !source.output.isEmpty else { throw LeptonError(.badInput, "the graph has no outputs") }
    for output in source.output {
      guard let value = values[output.name] else {
        throw LeptonError(.badInput, "nothing makes output '\(output.name)'")
      }
      b.output(output.name, value)
    }
  }
}
