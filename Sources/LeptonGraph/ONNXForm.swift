public import LeptonValues

/// An attribute of an ONNX node.
public enum ONNXAttribute: Sendable, Hashable {
  case int(Int)
  case float(Double)
  case string(String)
  case ints([Int])
  case floats([Double])
  case tensor(TensorData)
}

/// One node of an ONNX file, as the operations see it: without protobuf.
public struct ONNXNode: Sendable {
  public var opType: String
  public var name: String
  public var attributes: [String: ONNXAttribute]
  /// The operands, nil where an optional one is left out.
  public var inputs: [Value?]
  /// How many outputs the file names.
  public var outputCount: Int
  /// The version of the default operator set.
  public var opset: Int

  public init(
    opType: String, name: String, attributes: [String: ONNXAttribute], inputs: [Value?],
    outputCount: Int, opset: Int
  ) {
    self.opType = opType
    self.name = name
    self.attributes = attributes
    self.inputs = inputs
    self.outputCount = outputCount
    self.opset = opset
  }

  public func int(_ name: String, default fallback: Int) -> Int {
    if case .int(let value) = attributes[name] { value } else { fallback }
  }

  public func float(_ name: String, default fallback: Double) -> Double {
    if case .float(let value) = attributes[name] { value } else { fallback }
  }

  public func string(_ name: String, default fallback: String) -> String {
    if case .string(let value) = attributes[name] { value } else { fallback }
  }

  public func ints(_ name: String) -> [Int]? {
    if case .ints(let value) = attributes[name] { value } else { nil }
  }

  public func floats(_ name: String) -> [Double]? {
    if case .floats(let value) = attributes[name] { value } else { nil }
  }

  /// The operand at `index`, nil where it is left out.
  public func optionalInput(_ index: Int) -> Value? {
    index < inputs.count ? inputs[index] : nil
  }

  /// The operand at `index`. Throws when the file leaves it out.
  public func input(_ index: Int) throws -> Value {
    guard let value = optionalInput(index) else { throw error("input \(index) is missing") }
    return value
  }

  /// An error at this node.
  public func error(_ what: String, fix: String = "") -> LeptonError {
    LeptonError(.badInput, "\(opType): \(what)", at: "node '\(name)'", fix: fix)
  }
}

/// Reads one ONNX node into the graph: one value for each output of the node.
public typealias ONNXReader = @Sendable (ONNXNode, inout ONNXReadContext) throws -> [Value]

/// What a reader works with: the graph under construction and the values that are known already.
public struct ONNXReadContext: Sendable {
  public var builder: GraphBuilder
  /// Values that are constant in the file, for operands that must be known to give a graph its shape.
  public private(set) var constants: [Value: TensorData]
  /// Makes a constant in the graph; set by the importer.
  package var makeConstant: @Sendable (TensorData, inout GraphBuilder) throws -> Value

  package init(
    builder: GraphBuilder,
    makeConstant: @escaping @Sendable (TensorData, inout GraphBuilder) throws -> Value
  ) {
    self.builder = builder
    constants = [:]
    self.makeConstant = makeConstant
  }

  /// The elements of an operand that a reader must know: extents, axes, data on which a shape depends.
  ///
  /// Throws `UnknownElements` where they depend on an input. An importer that knows the elements of
  /// that input then reads the graph again for them.
  public func constant(_ value: Value, of node: ONNXNode) throws -> TensorData {
    guard let data = constants[value] else {
      throw UnknownElements(
        value: value,
        error: node.error(
          "an operand that must be constant depends on the input",
          fix: "export the model with constant shapes"))
    }
    return data
  }

  /// Whole numbers of the constant operand at `index`, nil where it is left out.
  public func ints(_ node: ONNXNode, input index: Int) throws -> [Int]? {
    guard let value = node.optionalInput(index) else { return nil }
    let data = try constant(value, of: node)
    guard !data.dtype.isFloatingPoint else {
      throw node.error("input \(index) is \(data.type), whole numbers are needed")
    }
    return data.ints
  }

  /// Adds a constant to the graph and remembers its elements.
  public mutating func addConstant(_ data: TensorData) throws -> Value {
    let value = try makeConstant(data, &builder)
    constants[value] = data
    return value
  }

  /// Remembers that `value` always has these elements.
  package mutating func remember(_ data: TensorData, for value: Value) { constants[value] = data }
}

/// A reader needs the elements of a value that are not known before the graph runs.
public struct UnknownElements: Error, Sendable {
  public let value: Value
  /// What to tell whoever cannot say the elements.
  public let error: LeptonError
}

/// Collects the ONNX nodes of a graph while its operations write themselves.
public struct ONNXWriter: Sendable {
  public struct Emitted: Sendable {
    public var opType: String
    public var name: String
    public var inputs: [String]
    public var outputs: [String]
    public var attributes: [String: ONNXAttribute]

    public init(
      opType: String, name: String, inputs: [String], outputs: [String],
      attributes: [String: ONNXAttribute]
    ) {
      self.opType = opType
      self.name = name
      self.inputs = inputs
      self.outputs = outputs
      self.attributes = attributes
    }
  }

  public let graph: Graph
  /// The version of the operator set that is written.
  public let opset: Int
  public private(set) var nodes: [Emitted] = []
  public private(set) var initializers: [(name: String, data: TensorData)] = []
  private var names: [Value: String] = [:]
  private var used: Set<String> = []
  private var scope = ""
  /// An operator that came later than `opset`.
  private var tooNew: (opType: String, since: Int)?

  /// The operator set that files are written in where nobody asks for another.
  public static let usualOpset = 21

  /// Ports keep their names; other values are named as they come.
  public init(_ graph: Graph, opset: Int = Self.usualOpset) {
    self.graph = graph
    self.opset = opset
    for port in graph.inputs { names[port.value] = claim(port.name) }
    for port in graph.outputs where names[port.value] == nil {
      names[port.value] = claim(port.name)
    }
  }

  public func type(of value: Value) -> TensorType { graph.type(of: value) }

  /// The name of a value in the file.
  public mutating func name(of value: Value) -> String {
    if let name = names[value] { return name }
    let name = claim("v\(value.id)")
    names[value] = name
    return name
  }

  /// A fresh name for an intermediate that the graph has no value for.
  public mutating func temporary(_ hint: String = "t") -> String { claim("\(hint)_\(nodes.count)") }

  /// This name, or where it is taken one like it.
  package mutating func fresh(_ name: String) -> String { claim(name) }

  /// Adds an initializer and answers its name.
  public mutating func constant(_ data: TensorData, named hint: String = "c") -> String {
    let name = claim("\(hint)_\(initializers.count)")
    initializers.append((name, data))
    return name
  }

  /// Gives a value of the graph as an initializer, under its own name.
  public mutating func initializer(_ data: TensorData, for value: Value) {
    initializers.append((name(of: value), data))
  }

  /// One ONNX node. An empty input name leaves an optional operand out.
  ///
  /// - Parameter since: the operator set from which on the operator has this form.
  public mutating func emit(
    _ opType: String, _ inputs: [String], _ outputs: [String],
    _ attributes: [String: ONNXAttribute] = [:], since: Int = 13
  ) {
    if since > opset { tooNew = (opType, since) }
    let base = scope.isEmpty ? opType : "\(scope)/\(opType)"
    nodes.append(
      Emitted(
        opType: opType, name: "\(base)_\(nodes.count)", inputs: inputs, outputs: outputs,
        attributes: attributes))
  }

  /// One ONNX node with the operands and results of `node`.
  public mutating func emit(
    _ opType: String, for node: Node, _ attributes: [String: ONNXAttribute] = [:], since: Int = 13
  ) {
    let inputs = node.operands.map { name(of: $0) }
    let outputs = node.results.map { name(of: $0) }
    emit(opType, inputs, outputs, attributes, since: since)
  }

  package mutating func write(_ node: Node) throws {
    scope = node.name
    try node.op.writeONNX(node, &self)
    guard let tooNew else { return }
    throw LeptonError(
      .badInput, "\(tooNew.opType) in this form came with opset \(tooNew.since), after \(opset)",
      at: node.name, fix: "write the model in opset \(tooNew.since) or later")
  }

  private mutating func claim(_ name: String) -> String {
    var candidate = name
    var suffix = 1
    while !used.insert(candidate).inserted {
      suffix += 1
      candidate = "\(name)_\(suffix)"
    }
    return candidate
  }
}
