import LeptonGraph
import LeptonOps
import LeptonValues

extension Pass {
  /// Makes one operation of attention: the product of queries and keys, its softmax, the product with the values, and what
  /// is done to single elements before, between and after, transpositions among it.
  public static let fuseAttention = Pass("fuse-attention") { graph in
    let index = GraphIndex(graph)
    var taken: Set<Int> = []
    var regions: [GraphRegion] = []
    for position in graph.nodes.indices where graph.nodes[position].op is Softmax {
      guard let attention = AttentionRegion(softmax: position, graph, index),
        taken.isDisjoint(with: attention.nodes)
      else { continue }
      taken.formUnion(attention.nodes)
      regions.append(attention.region)
    }
    return try graph.replacing(regions)
  }
}

/// The nodes around one softmax that are attention.
private struct AttentionRegion: Sendable {
  let nodes: Set<Int>
  private let operands: [Value]
  private let op: FusedAttention
  private let result: Value

  init?(softmax position: Int, _ graph: Graph, _ index: GraphIndex) {
    let softmax = graph.nodes[position]
    let shape = graph.type(of: softmax.result).shape
    guard shape.rank == 4, shape.elementCount > 0, index.hasOneUse(softmax.result),
      let axis = (softmax.op as? Softmax)?.axis, axis == -1 || axis == 3,
      let scores = Scores(endingIn: softmax.operand, graph, index),
      let weights = Chain(after: softmax.result, graph, index, transposing: false),
      let (product, second) = Self.product(readingFirst: weights.value, graph, index)
    else { return nil }
    let types = [scores.query, scores.key, second.operands[1]].map(graph.type(of:))
    // One key and value for each head: nothing broadcasts.
    guard
      types.allSatisfy({ $0.shape.rank == 4 && $0.shape.prefix(2).elementsEqual(shape.prefix(2)) }),
      let after = Chain(after: second.result, graph, index, transposing: true)
    else { return nil }
    let query = Chain(before: scores.query, graph, index)
    let key = Chain(before: scores.key, graph, index)
    let value = Chain(before: second.operands[1], graph, index)
    let transposed = scores.isKeyTransposed ? key.permutation : key.permutation.swappingLastTwo
    op = FusedAttention(
      query: query.heads,
      key: .init(permutation: transposed, program: key.program),
      value: value.heads, scores: scores.program, weights: weights.program, result: after.heads,
      dtype: graph.type(of: after.value).dtype)
    operands = [query.value, key.value, value.value] + scores.masks
    guard operands.prefix(3).allSatisfy({ graph.type(of: $0).shape.elementCount > 0 }) else {
      return nil
    }
    result = after.value
    nodes = [scores.nodes, weights.nodes, after.nodes, query.nodes, key.nodes, value.nodes]
      .reduce([position, product]) { $0.union($1) }
  }

  /// The plain product that reads `value` first.
  private static func product(
    readingFirst value: Value, _ graph: Graph, _ index: GraphIndex
  ) -> (Int, Node)? {
    guard index.hasOneUse(value), let user = index.users[value.id].first else { return nil }
    let node = graph.nodes[user]
    guard node.op as? FusedMatMul == FusedMatMul(MatMul(), hasBias: false),
      node.operands[0] == value
    else { return nil }
    return (user, node)
  }

  var region: GraphRegion {
    GraphRegion(nodes: nodes, position: nodes.max()!) { [self] mapped, b in
      [(old: result, new: try b.add(op, operands.map(mapped))[0])]
    }
  }
}

/// From the product of queries and keys to what the softmax reads.
private struct Scores {
  private(set) var program: ScalarProgram
  private(set) var masks: [Value] = []
  let query: Value
  let key: Value
  /// Whether keys lie as rows.
  let isKeyTransposed: Bool
  private(set) var nodes: Set<Int> = []

  init?(endingIn value: Value, _ graph: Graph, _ index: GraphIndex) {
    var value = value
    var steps: [(program: ScalarProgram, masks: [Value])] = []
    while true {
      guard index.hasOneUse(value), let producer = index.producers[value.id] else { return nil }
      let node = graph.nodes[producer]
      nodes.insert(producer)
      if let product = node.op as? FusedMatMul {
        guard !product.hasBias, product.activation == nil, !product.matmul.transposeA else {
          return nil
        }
        (query, key) = (node.operands[0], node.operands[1])
        isKeyTransposed = product.matmul.transposeB
        break
      }
      guard let program = node.op.elementProgram, program.results.count == 1,
        graph.type(of: value).dtype == .f32,
        let main = node.operands.firstIndex(where: { Self.isScore($0, of: value, graph, index) })
      else { return nil }
      let others = node.operands.indices.filter { $0 != main }
      steps.append((program.reordered([main] + others), others.map { node.operands[$0] }))
      value = node.operands[main]
    }
    program = .unchanged
    for step in steps.reversed() {
      program = program.followed(by: step.program)
      masks += step.masks
    }
    guard masks.count <= 4 else { return nil }
  }

  /// Whether a node's operand comes from the product, and is no mask.
  private static func isScore(
    _ operand: Value, of result: Value, _ graph: Graph, _ index: GraphIndex
  ) -> Bool {
    guard graph.type(of: operand) == graph.type(of: result), index.hasOneUse(operand),
      var producer = index.producers[operand.id].map({ graph.nodes[$0] })
    else { return false }
    while producer.op.elementProgram != nil,
      let first = producer.operands.first(where: { graph.type(of: $0) == graph.type(of: operand) }),
      let before = index.producers[first.id]
    {
      producer = graph.nodes[before]
    }
    return producer.op is FusedMatMul
  }
}

/// Operations on single elements and transpositions, one after the other.
private struct Chain {
  /// Where it begins or ends.
  private(set) var value: Value
  private(set) var program = ScalarProgram.unchanged
  private(set) var permutation = [0, 1, 2, 3]
  private(set) var nodes: Set<Int> = []

  var heads: FusedAttention.Heads { .init(permutation: permutation, program: program) }

  /// What leads to `end`.
  init(before end: Value, _ graph: Graph, _ index: GraphIndex) {
    value = end
    while index.hasOneUse(value), let producer = index.producers[value.id],
      let step = Step(graph.nodes[producer], graph)
    {
      if let transpose = step.permutation {
        permutation = permutation.map { transpose[$0] }
      }
      if let earlier = step.program { program = earlier.followed(by: program) }
      nodes.insert(producer)
      value = graph.nodes[producer].operand
    }
  }

  /// What becomes of `start`; nil where it is an output itself.
  init?(after start: Value, _ graph: Graph, _ index: GraphIndex, transposing: Bool) {
    value = start
    while index.hasOneUse(value), let user = index.users[value.id].first,
      let step = Step(graph.nodes[user], graph)
    {
      if let transpose = step.permutation {
        let next = transpose.map { permutation[$0] }
        guard transposing, next.last == 3 else { break }
        permutation = next
      }
      if let later = step.program { program = program.followed(by: later) }
      nodes.insert(user)
      value = graph.nodes[user].result
    }
  }

  private struct Step {
    var program: ScalarProgram?
    var permutation: [Int]?

    init?(_ node: Node, _ graph: Graph) {
      guard node.operands.count == 1, node.results.count == 1,
        graph.type(of: node.operand).shape.rank == 4,
        [node.operand, node.result].allSatisfy({
          [.f32, .u8, .i8].contains(graph.type(of: $0).dtype)
        })
      else { return nil }
      permutation = (node.op as? Transpose)?.permutation
      program = node.op.elementProgram
      guard permutation != nil || program != nil else { return nil }
    }
  }
}

extension Op {
  /// What an elementwise operation, fused or not, does to one element.
  fileprivate var elementProgram: ScalarProgram? {
    (self as? FusedElementwise)?.program ?? (self as? any ElementwiseOp)?.program
  }
}

extension ScalarProgram {
  /// This program, then `next` with this one's result as first operand and its others as further operands.
  fileprivate func followed(by next: ScalarProgram) -> ScalarProgram {
    let others = next.operandCount - 1
    var joint = ScalarProgram(operandCount: operandCount + others)
    let first = joint.inline(self, Array(joint.operands.prefix(operandCount)))[0]
    joint.results = joint.inline(next, [first] + joint.operands.suffix(others))
    return joint
  }

  /// With operand `order[i]` as operand i.
  fileprivate func reordered(_ order: [Int]) -> ScalarProgram {
    var program = ScalarProgram(operandCount: operandCount)
    let places = operands.indices.map { program.operands[order.firstIndex(of: $0)!] }
    program.results = program.inline(self, places)
    return program
  }
}

extension [Int] {
  fileprivate var swappingLastTwo: [Int] { dropLast(2) + [self[3], self[2]] }
}
