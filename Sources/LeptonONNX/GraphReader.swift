import LeptonGraph
import LeptonOps
import LeptonValues

/// Reads the nodes of a file into a graph, for given extents of its inputs.
struct GraphReader {
  let source: ONNXGraphProto
  let nodes: [ONNXNodeProto]
  var opset: Int
  let tensors: StoredTensors
  var roles: [String: InitializerRole]
  let readers: [String: ONNXReader]
  let functions: FunctionTable
  /// Whether this package wrote the file, and so numbered the names of its nodes.
  let isOwn: Bool
  var external: ExternalData
  /// Inputs whose elements are known, and become constants.
  var bound: [String: TensorData] = [:]
  /// What subgraphs and functions may still expand to.
  var budget = ExpansionBudget()

  typealias Scope = [String: ONNXValue]

  /// The graph, its parameters and state as ports, constants folded, nothing unused but data inputs.
  mutating func graph(inputTypes: [(name: String, type: ONNXInput)]) throws -> Graph {
    try reading(inputTypes: inputTypes).folded
  }

  /// The graph as the nodes are, its parameters and state as ports.
  mutating func reading(inputTypes: [(name: String, type: ONNXInput)]) throws -> GraphReading {
    budget = ExpansionBudget()
    var context = ONNXReadContext(builder: GraphBuilder(name: source.name)) { data, b in
      try b.add(one: Constant(data))
    }
    var values: Scope = [:]
    for (name, type) in inputTypes {
      values[name] = try read(input: name, type, &context)
    }
    for name in tensors.names {
      values[name] = try read(initializer: name, &context).map { .tensor($0) }
    }
    for node in nodes { try read(node, &values, &context) }
    try makeOutputs(values, &context.builder)
    return GraphReading(graph: context.builder.graph, constants: context.constants)
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
    input name: String, _ type: ONNXInput, _ context: inout ONNXReadContext
  ) throws -> ONNXValue {
    switch type {
    case .absent: return .absent
    case .sequence(let parts):
      return .sequence(
        try parts.enumerated().map { try read(input: "\(name)/\($0)", $1, &context) })
    case .tensor(let type):
      guard let data = bound[name] else { return .tensor(context.builder.input(name, type)) }
      guard data.type == type else {
        throw LeptonError(.badInput, "input '\(name)' is \(data.type)", fix: "give \(type)")
      }
      return .tensor(try context.addConstant(data))
    }
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

  /// Reads a node in the scope of what was made before it, and adds what it makes.
  mutating func read(
    _ proto: ONNXNodeProto, _ values: inout Scope, _ context: inout ONNXReadContext
  ) throws {
    do {
      try budget.spend()
      let results = try results(of: proto, values, &context)
      for (name, value) in zip(proto.output, results) where !name.isEmpty { values[name] = value }
    } catch let unknown as UnknownElements {
      let sources = context.builder.graph.inputs(behind: unknown.value)
      throw InputDependence(
        sources: sources, error: unknown.error.at(proto, dependingOn: sources))
    }
  }

  private mutating func results(
    of proto: ONNXNodeProto, _ values: Scope, _ context: inout ONNXReadContext
  ) throws -> [ONNXValue] {
    if let function = functions[proto] {
      return try labelled(proto) { try $0.call(function, proto, values, &context) }
    }
    if let read = Structure.reader(of: proto, values) {
      return try labelled(proto) { try read(&$0, proto, values, &context) }
    }
    do {
      let node = try onnxNode(proto, values)
      try NodeLimits(node, context).check()
      let first = context.builder.graph.nodes.count
      context.builder.scope = isOwn ? proto.scope : proto.displayName
      let results = try reader(of: proto)(node, &context)
      try context.checkSizes(from: first)
      try context.fold(from: first)
      return results.map { .tensor($0) }
    } catch let error as LeptonError {
      throw LeptonError(error.kind, error.what, at: proto.label, fix: error.fix)
    }
  }

  /// Says of errors inside of a node that they are there.
  private mutating func labelled<Result>(
    _ proto: ONNXNodeProto, _ body: (inout Self) throws -> Result
  ) throws -> Result {
    do {
      return try body(&self)
    } catch let error as LeptonError {
      throw error.within(proto.label)
    }
  }

  private func reader(of proto: ONNXNodeProto) throws -> ONNXReader {
    if let reader = readers[proto.key] { return reader }
    guard proto.isStandard else {
      throw LeptonError(
        .badInput, "operator \(proto.opType) of domain '\(proto.domain)' is not supported",
        fix: "export the model with operators of ONNX only")
    }
    let near = nearestSpelling(of: proto.opType, in: readers.keys.sorted())
    throw LeptonError(
      .badInput, "operator \(proto.opType) is not supported",
      fix: near.map { "the nearest that is: \($0)" } ?? "simplify the model before it is imported")
  }

  private mutating func onnxNode(_ proto: ONNXNodeProto, _ values: Scope) throws -> ONNXNode {
    var attributes: [String: ONNXAttribute] = [:]
    for attribute in proto.attribute {
      attributes[attribute.name] = try ONNXAttribute(attribute, external: &external)
    }
    let inputs = try proto.input.map { name -> Value? in
      if name.isEmpty { return nil }
      switch values[name] {
      case .tensor(let value)?: return value
      case .absent?: return nil
      case .sequence?:
        throw LeptonError(.badInput, "it reads '\(name)', a sequence, where it takes a tensor")
      case nil:
        throw LeptonError(
          .badInput, "it reads '\(name)', a result that is not supported",
          fix: "only the first results of that operator are read")
      }
    }
    return ONNXNode(
      opType: proto.opType, name: proto.displayName, attributes: attributes, inputs: inputs,
      outputCount: proto.output.count, opset: opset)
  }

  private func makeOutputs(_ values: Scope, _ b: inout GraphBuilder) throws {
    guard !source.output.isEmpty else { throw LeptonError(.badInput, "the graph has no outputs") }
    for output in source.output {
      guard let value = values[output.name] else {
        throw LeptonError(.badInput, "nothing makes output '\(output.name)'")
      }
      b.output(output.name, value)
    }
  }
}

extension GraphBuilder {
  /// The tensors of a value as outputs: `y`, or `y/0`, `y/1`, ... for a sequence.
  fileprivate mutating func output(_ name: String, _ value: ONNXValue) {
    switch value {
    case .tensor(let value): output(name, value)
    case .sequence(let parts):
      for (index, part) in parts.enumerated() { output("\(name)/\(index)", part) }
    case .absent: break
    }
  }
}

extension ONNXNodeProto {
  /// Whether it is of ONNX's own operators.
  var isStandard: Bool { ["", "ai.onnx"].contains(domain) }

  /// What its reader is found by: the op type, of other domains with the domain before it.
  var key: String { isStandard ? opType : "\(domain).\(opType)" }
}
