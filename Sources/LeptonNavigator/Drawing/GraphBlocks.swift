import LeptonGraph
import LeptonValues

/// A graph as boxes with arrows: a chain of operations whose intermediate results nobody else reads is one box.
struct GraphBlocks {
  struct Block {
    /// One for each operation, the shape of the result last.
    var lines: [String]
    /// What a pointer resting on it shows.
    var title: String
    var kind: Kind
  }

  /// What colours a box.
  enum Kind: String {
    case input, output, weights, other
  }

  private(set) var blocks: [Block] = []
  /// From block to block.
  private(set) var edges: Set<Edge> = []

  struct Edge: Hashable {
    let from: Int
    let to: Int
  }

  /// A box has no more operations than this.
  private static let mostLines = 6

  init(_ graph: Graph) {
    var uses = [Int](repeating: 0, count: graph.types.count)
    for node in graph.nodes { for operand in node.operands { uses[operand.id] += 1 } }
    for port in graph.outputs { uses[port.value.id] += 2 }
    // Values that flow: those that depend on an input.
    var maker: [Value: Int] = [:]
    for port in graph.dataInputs {
      maker[port.value] = blocks.count
      add([port.name, "\(graph.type(of: port.value))"], "input", .input)
    }
    let weights = Dictionary(
      graph.residents.map { ($0.value, $0.name) }, uniquingKeysWith: { first, _ in first })
    for node in graph.nodes {
      let sources = node.operands.filter { maker[$0] != nil }
      guard !sources.isEmpty else { continue }
      let own = node.operands.first { weights[$0] != nil || maker[$0] == nil }
      let shape = own.map { graph.type(of: $0).shape }.flatMap { $0.rank > 1 ? $0 : nil }
      let line = node.op.name + (shape.map { " " + Self.extents($0) } ?? "")
      let title =
        "\(node.name.isEmpty ? "" : node.name + ": ")\(node.op.name)\(node.op.attributeText)"
      let result = node.results.first.map { "\(graph.type(of: $0))" } ?? ""
      let block: Int
      if sources.count == 1, let last = maker[sources[0]], uses[sources[0].id] == 1, shape == nil,
        blocks[last].kind != .input, blocks[last].lines.count <= Self.mostLines
      {
        block = last
        blocks[last].lines[blocks[last].lines.count - 1] = line
        blocks[last].lines.append(result)
        blocks[last].title += "\n" + title
      } else {
        block = blocks.count
        add([line, result], title, shape == nil ? .other : .weights)
        for source in sources { edges.insert(Edge(from: maker[source]!, to: block)) }
      }
      for value in node.results { maker[value] = block }
    }
    for port in graph.dataOutputs {
      guard let source = maker[port.value] else { continue }
      edges.insert(Edge(from: source, to: blocks.count))
      add([port.name, "\(graph.type(of: port.value))"], "output", .output)
    }
  }

  private mutating func add(_ lines: [String], _ title: String, _ kind: Kind) {
    blocks.append(Block(lines: lines, title: title, kind: kind))
  }

  /// `64×3×7×7`
  private static func extents(_ shape: Shape) -> String {
    shape.map(String.init).joined(separator: "×")
  }
}
