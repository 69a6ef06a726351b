public import LeptonValues

/// A typed dataflow graph: nodes in topological order over single-assignment values. A plain value that prints,
/// verifies itself and compares equal.
public struct Graph: Sendable {
  /// What a port of a graph is for.
  public enum Role: String, Sendable, Hashable, Codable {
    /// Fed with every run.
    case data
    /// Trained weights; stay in the executable between runs.
    case parameter
    /// Carried along but not trained (batch-norm statistics, optimizer moments); stays between runs.
    case state
  }

  /// An input or output with the name by which callers know it.
  ///
  /// An output that has the name and role of a parameter or state input is its next value.
  public struct Port: Sendable, Hashable {
    public var name: String
    public var value: Value
    public var role: Role

    public init(_ name: String, _ value: Value, role: Role = .data) {
      self.name = name
      self.value = value
      self.role = role
    }

    /// Whether it stays in the executable between runs.
    public var isResident: Bool { role != .data }
  }

  public var name: String
  public package(set) var types: [TensorType] = []
  public package(set) var inputs: [Port] = []
  public package(set) var nodes: [Node] = []
  public package(set) var outputs: [Port] = []

  package init(name: String) { self.name = name }

  public func type(of value: Value) -> TensorType { types[value.id] }
}

extension Graph {
  /// The inputs that are fed with every run, in order.
  public var dataInputs: [Port] { inputs.filter { $0.role == .data } }
  /// The trained weights.
  public var parameters: [Port] { inputs.filter { $0.role == .parameter } }
  /// Inputs that stay in the executable between runs.
  public var residents: [Port] { inputs.filter(\.isResident) }
  /// The outputs that a run returns, in order.
  public var dataOutputs: [Port] { outputs.filter { $0.role == .data } }

  public func input(named name: String) -> Port? { inputs.first { $0.name == name } }
  public func output(named name: String) -> Port? { outputs.first { $0.name == name } }

  /// Arithmetic and traffic of one run, summed over the nodes.
  public var cost: Cost {
    nodes.reduce(Cost.zero) { $0 + cost(of: $1) }
  }

  public func cost(of node: Node) -> Cost {
    node.op.cost(node.operands.map(type(of:)), node.results.map(type(of:)))
  }
}

extension Graph: Hashable {
  /// Equal structure, whatever the names of nodes.
  public static func == (a: Graph, b: Graph) -> Bool {
    a.types == b.types && a.inputs == b.inputs && a.nodes == b.nodes && a.outputs == b.outputs
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(types)
    hasher.combine(inputs)
    hasher.combine(nodes)
    hasher.combine(outputs)
  }
}
