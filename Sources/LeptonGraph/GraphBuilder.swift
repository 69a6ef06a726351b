public import LeptonValues

/// Writes a graph down, node by node. The type rule of every operation is applied as it is added, so a graph that
/// exists is well-typed.
public struct GraphBuilder: Sendable {
  public private(set) var graph: Graph
  /// The name that new nodes get: the module's path while a module is traced.
  public var scope = ""

  public init(name: String = "graph") { graph = Graph(name: name) }

  /// Goes on writing at the end of a graph.
  public init(continuing graph: Graph) { self.graph = graph }

  public func type(of value: Value) -> TensorType { graph.type(of: value) }
  public func shape(of value: Value) -> Shape { graph.type(of: value).shape }
  public func dtype(of value: Value) -> DType { graph.type(of: value).dtype }

  /// A new input. Names are unique among inputs; the verifier says so.
  public mutating func input(
    _ name: String, _ type: TensorType, role: Graph.Role = .data
  ) -> Value {
    let value = makeValue(type)
    graph.inputs.append(Graph.Port(name, value, role: role))
    return value
  }

  public mutating func output(_ name: String, _ value: Value, role: Graph.Role = .data) {
    graph.outputs.append(Graph.Port(name, value, role: role))
  }

  /// Drops all outputs, to state others.
  public mutating func removeOutputs() { graph.outputs.removeAll() }

  /// Adds a node and answers its results. Throws what the type rule throws, with the node's place.
  @discardableResult
  public mutating func add(
    _ op: any Op, _ operands: [Value], name: String? = nil
  ) throws -> [Value] {
    let name = name ?? scope
    let types: [TensorType]
    do {
      types = try op.checkedResultTypes(of: operands.map(type(of:)))
    } catch let error as LeptonError {
      throw name.isEmpty ? error : error.within(name)
    }
    let results = types.map { makeValue($0) }
    graph.nodes.append(Node(op: op, operands: operands, results: results, name: name))
    return results
  }

  /// `add` for an operation with one result.
  public mutating func add(one op: any Op, _ operands: Value..., name: String? = nil) throws
    -> Value
  {
    try add(op, operands, name: name)[0]
  }

  private mutating func makeValue(_ type: TensorType) -> Value {
    graph.types.append(type)
    return Value(id: graph.types.count - 1)
  }
}
