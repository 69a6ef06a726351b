import LeptonValues

/// One line of the textual form of a graph.
enum Statement {
  case graph(name: String)
  case input(Int, Graph.Role, name: String, TensorType)
  case output(Int, Graph.Role, name: String)
  case node(WrittenNode)

  /// A node as it is written: numbers for values, text for attributes, no types where left out.
  struct WrittenNode {
    var results: [Int]
    var op: String
    var operands: [Int]
    var attributes: String
    var types: [TensorType]
    var name: String
  }

  /// The numbers of the values that the line makes.
  var made: [Int] {
    switch self {
    case .graph, .output: []
    case .input(let number, _, _, _): [number]
    case .node(let node): node.results
    }
  }

  /// Nil for a line that says nothing.
  init?(_ line: Substring) throws {
    var scanner = LineScanner(line)
    guard !scanner.isAtEnd, !scanner.takes("#") else { return nil }
    if scanner.takes("graph") {
      self = .graph(name: try scanner.string())
    } else if scanner.takes("output") {
      let role = scanner.role() ?? .data
      let name = try scanner.string()
      self = .output(try scanner.value(), role, name: name)
    } else {
      let results = try scanner.list { try $0.value() }
      try scanner.expect("=")
      if let role = scanner.takes("input") ? .data : scanner.role() {
        guard results.count == 1 else { throw scanner.error("an input is one value") }
        let name = try scanner.string()
        try scanner.expect(":")
        self = .input(results[0], role, name: name, try scanner.type())
      } else {
        self = .node(try Self.node(results, &scanner))
      }
    }
    guard scanner.isAtEnd else { throw scanner.error("the line goes on where it should end") }
  }

  private static func node(_ results: [Int], _ scanner: inout LineScanner) throws -> WrittenNode {
    let op = try scanner.word()
    try scanner.expect("(")
    let operands = scanner.takes(")") ? [] : try scanner.list { try $0.value() }
    if !operands.isEmpty { try scanner.expect(")") }
    let attributes = try scanner.braces()
    let types = scanner.takes(":") ? try scanner.list { try $0.type() } : []
    let name = scanner.takes("@") ? try scanner.string() : ""
    return WrittenNode(
      results: results, op: op, operands: operands, attributes: attributes, types: types,
      name: name)
  }
}
