import LeptonGraph
import LeptonOps
import LeptonValues

/// Operators whose operands or results are more than tensors, or that hold graphs. They are worked out while the file is read:
/// the graph has no branches, loops or sequences.
enum Structure {
  typealias Reader =
    @Sendable (
      inout GraphReader, ONNXNodeProto, GraphReader.Scope, inout ONNXReadContext
    ) throws -> [ONNXValue]

  static let readers: [String: Reader] = [
    "ConcatFromSequence": concatFromSequence,
    "If": branch,
    "Loop": loop,
    "Optional": optional,
    "OptionalGetElement": optionalGetElement,
    "OptionalHasElement": optionalHasElement,
    "Scan": scan,
    "SequenceAt": sequenceAt,
    "SequenceConstruct": sequenceConstruct,
    "SequenceEmpty": { _, _, _, _ in [.sequence([])] },
    "SequenceErase": sequenceErase,
    "SequenceInsert": sequenceInsert,
    "SequenceLength": sequenceLength,
    "SequenceMap": sequenceMap,
    "SplitToSequence": splitToSequence,
    "ai.onnx.preview.FlexAttention": flexAttention,
  ]

  /// The reader of a node; an Identity of something else than a tensor has one too.
  static func reader(of node: ONNXNodeProto, _ scope: GraphReader.Scope) -> Reader? {
    if node.isStandard, node.opType == "Identity", let name = node.input.first {
      switch scope[name] {
      case .sequence?, .absent?: return { _, _, _, _ in [scope[name]!] }
      case .tensor?, nil: return nil
      }
    }
    return readers[node.key]
  }
}

extension GraphReader {
  /// The operand at `index`; nil where it is left out or absent.
  func operand(_ index: Int, of node: ONNXNodeProto, _ scope: Scope) throws -> ONNXValue? {
    guard index < node.input.count, !node.input[index].isEmpty else { return nil }
    let found = try value(node.input[index], scope)
    if case .absent = found { return nil }
    return found
  }

  func tensor(_ index: Int, of node: ONNXNodeProto, _ scope: Scope) throws -> Value {
    guard case .tensor(let value)? = try operand(index, of: node, scope) else {
      throw LeptonError(.badInput, "input \(index) is no tensor")
    }
    return value
  }

  func sequence(_ index: Int, of node: ONNXNodeProto, _ scope: Scope) throws -> [ONNXValue] {
    guard case .sequence(let parts)? = try operand(index, of: node, scope) else {
      throw LeptonError(.badInput, "input \(index) is no sequence")
    }
    return parts
  }

  /// The elements of the operand at `index`, nil where it is left out. Throws where they are not known.
  func known(
    _ index: Int, of node: ONNXNodeProto, _ scope: Scope, _ context: ONNXReadContext
  ) throws -> TensorData? {
    guard try operand(index, of: node, scope) != nil else { return nil }
    return try known(try tensor(index, of: node, scope), node, context)
  }

  func known(
    _ value: Value, _ node: ONNXNodeProto, _ context: ONNXReadContext
  ) throws -> TensorData {
    let stub = ONNXNode(
      opType: node.opType, name: node.displayName, attributes: [:], inputs: [], outputCount: 0,
      opset: opset)
    return try context.constant(value, of: stub)
  }

  /// The first whole number of a known operand.
  func number(
    _ index: Int, of node: ONNXNodeProto, _ scope: Scope, _ context: ONNXReadContext
  ) throws -> Int? {
    guard let data = try known(index, of: node, scope, context) else { return nil }
    guard data.dtype.isInteger, let number = data.ints.first else {
      throw LeptonError(.badInput, "input \(index) is \(data.type), a whole number is needed")
    }
    return number
  }

  /// Adds operations, and computes what is known of their results.
  func adding<Result>(
    _ context: inout ONNXReadContext, _ body: (inout ONNXReadContext) throws -> Result
  ) throws -> Result {
    let first = context.builder.graph.nodes.count
    let result = try body(&context)
    try context.checkSizes(from: first)
    try context.fold(from: first)
    return result
  }

  /// The results of a subgraph with `inputs` for its inputs, which sees what stands around it.
  mutating func read(
    _ body: ONNXGraphProto, _ inputs: [ONNXValue], _ outer: Scope,
    _ context: inout ONNXReadContext
  ) throws -> [ONNXValue] {
    guard body.input.count == inputs.count else {
      throw LeptonError(
        .badInput, "the subgraph takes \(body.input.count) inputs, \(inputs.count) were given")
    }
    try budget.enter()
    defer { budget.leave() }
    var scope = outer
    for tensor in body.initializer {
      let data = try TensorData(tensor, external: &external)
      scope[tensor.name] = .tensor(try context.addConstant(data))
    }
    for (port, value) in zip(body.input, inputs) { scope[port.name] = value }
    for node in body.node { try read(node, &scope, &context) }
    return try body.output.map { try value($0.name, scope) }
  }
}

extension ONNXNodeProto {
  func graph(_ name: String) throws -> ONNXGraphProto {
    guard let found = attribute.first(where: { $0.name == name }), found.hasG else {
      throw LeptonError(.badInput, "\(name) is missing: \(opType) needs a graph there")
    }
    return found.g
  }

  func int(_ name: String, default fallback: Int) -> Int {
    attribute.first { $0.name == name && $0.type == .int }.map { Int($0.i) } ?? fallback
  }

  func ints(_ name: String) -> [Int]? {
    attribute.first { $0.name == name && $0.type == .ints }?.ints.map { Int($0) }
  }
}
