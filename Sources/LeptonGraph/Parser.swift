import LeptonValues

extension Graph {
  /// Reads the textual form of a graph, as `description` prints it.
  ///
  /// Types of nodes may be left out, blank lines and lines that begin with `#` do not count. Throws a
  /// `LeptonError` with the line where the text is not a graph, and whatever `verify` throws.
  public init(parsing text: String, _ registry: OpRegistry) throws {
    self.init(name: "graph")
    var statements: [(line: Int, statement: Statement)] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      do {
        if let statement = try Statement(line) { statements.append((index + 1, statement)) }
      } catch let error as LeptonError {
        throw error.within("line \(index + 1)")
      }
    }
    // Numbers in the text may have gaps; values are numbered without.
    let written = Set(statements.flatMap(\.statement.made)).sorted()
    let numbering = Dictionary(
      uniqueKeysWithValues: written.enumerated().map { ($1, Value(id: $0)) })
    var reader = GraphReader(graph: self, numbering: numbering, registry: registry)
    for (line, statement) in statements {
      do {
        try reader.read(statement)
      } catch let error as LeptonError {
        throw error.within("line \(line)")
      }
    }
    self = reader.graph
    self.types = written.indices.map { reader.types[Value(id: $0)]! }
    try verify()
  }
}

/// Makes a graph of its statements.
private struct GraphReader {
  var graph: Graph
  let numbering: [Int: Value]
  let registry: OpRegistry
  var types: [Value: TensorType] = [:]

  mutating func read(_ statement: Statement) throws {
    switch statement {
    case .graph(let name): graph.name = name
    case .input(let number, let role, let name, let type):
      graph.inputs.append(Graph.Port(name, try define(number, type), role: role))
    case .output(let number, let role, let name):
      graph.outputs.append(Graph.Port(name, try value(number), role: role))
    case .node(let node):
      let op = try registry.type(named: node.op).init(attributeText: node.attributes)
      let operands = try node.operands.map(value)
      let expected = try op.checkedResultTypes(of: operands.map { types[$0]! })
      let stated = node.types.isEmpty ? expected : node.types
      guard stated == expected, expected.count == node.results.count else {
        let listed = expected.map(\.description).joined(separator: ", ")
        throw LeptonError(
          .badInput, "\(node.op) makes \(listed), the text says otherwise",
          fix: "correct the results and types, or leave the types out")
      }
      let results = try zip(node.results, expected).map { try define($0, $1) }
      graph.nodes.append(Node(op: op, operands: operands, results: results, name: node.name))
    }
  }

  private mutating func define(_ number: Int, _ type: TensorType) throws -> Value {
    let value = numbering[number]!
    guard types.updateValue(type, forKey: value) == nil else {
      throw LeptonError(
        .badInput, "%\(number) is made twice", fix: "give each value its own number")
    }
    return value
  }

  private func value(_ number: Int) throws -> Value {
    guard let value = numbering[number], types[value] != nil else {
      throw LeptonError(
        .badInput, "%\(number) is read before it is made", fix: "nodes stand in topological order")
    }
    return value
  }
}
