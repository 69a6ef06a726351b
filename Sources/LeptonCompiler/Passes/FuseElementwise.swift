import LeptonGraph
import LeptonOps
import LeptonValues

extension Pass {
  /// Gathers elementwise operations that follow one another into single passes over memory. Scalar constants become part
  /// of the program.
  public static let fuseElementwise = Pass("fuse-elementwise") { graph in
    let clusters = ElementwiseClusters(graph)
    return try graph.replacing(clusters.regions())
  }
}

/// The elementwise nodes of a graph, gathered greedily in order: a node joins the cluster of one of its operands if it has
/// the same shape and nobody outside reads the cluster before the node comes. Clusters of its other operands join too, if
/// they read less than they write: a dequantisation is made again of bytes rather than read as reals.
private struct ElementwiseClusters {
  private let graph: Graph
  private let index: GraphIndex
  private var clusters: [[Int]] = []
  private var clusterOf: [Int: Int] = [:]

  /// Constants aside.
  private static let mostSteps = 64
  private static let mostOperands = 12
  private static let mostResults = 6

  init(_ graph: Graph) {
    self.graph = graph
    index = GraphIndex(graph)
    for (position, node) in graph.nodes.enumerated() where isFusable(node) {
      let candidates = Set(
        node.operands.compactMap { index.producers[$0.id] }.compactMap { clusterOf[$0] })
      if let cluster = candidates.sorted().last(where: { canJoin(position, clusters[$0]) }) {
        clusters[cluster].append(position)
        clusterOf[position] = cluster
        for other in candidates.sorted() where other != cluster && expands(clusters[other]) {
          merge(other, into: cluster, at: position)
        }
      } else {
        clusterOf[position] = clusters.count
        clusters.append([position])
      }
    }
  }

  private func isFusable(_ node: Node) -> Bool {
    guard let op = node.op as? any ElementwiseOp else { return false }
    // Programs compute in f32: wide integers are converted before.
    guard op.isExactInFloats((node.operands + node.results).map { graph.type(of: $0).dtype }) else {
      return false
    }
    guard node.op is Cast else { return true }
    let source = node.operand
    // Casts of weights become part of the reorder that packs them.
    let isConstant = index.producers[source.id].map { graph.nodes[$0].op is Constant } ?? false
    let isResident = graph.residents.contains { $0.value == source }
    return !(isConstant || isResident)
  }

  private mutating func merge(_ other: Int, into cluster: Int, at position: Int) {
    let members = (clusters[other] + clusters[cluster].dropLast()).sorted()
    guard canJoin(position, members) else { return }
    for member in clusters[other] { clusterOf[member] = cluster }
    clusters[cluster] = members + [position]
    clusters[other] = []
  }

  /// Whether the cluster reads fewer bytes than it writes.
  private func expands(_ members: [Int]) -> Bool {
    guard let region = Region(graph, index, members) else { return false }
    func bytes(_ values: [Value]) -> Int {
      values.reduce(0) { $0 + graph.type(of: $1).byteCount }
    }
    return bytes(region.operands) < bytes(region.results)
  }

  private func canJoin(_ position: Int, _ members: [Int]) -> Bool {
    let shape = graph.type(of: graph.nodes[position].result).shape
    guard members.allSatisfy({ graph.type(of: graph.nodes[$0].result).shape == shape }) else {
      return false
    }
    let inside = Set(members + [position])
    for member in members {
      for user in index.users[graph.nodes[member].result.id] where !inside.contains(user) {
        if user < position { return false }
      }
    }
    return Region(graph, index, members + [position]).map {
      $0.program.steps.count { $0.op != .constant } <= Self.mostSteps
        && $0.operands.count <= Self.mostOperands
        && $0.results.count <= Self.mostResults
    } ?? false
  }

  func regions() -> [GraphRegion] {
    clusters.filter { !$0.isEmpty }.compactMap { members in
      guard let region = Region(graph, index, members),
        members.count > 1 || region.operands.count < graph.nodes[members[0]].operands.count
      else { return nil }
      let dtypes = region.results.map { graph.type(of: $0).dtype }
      return GraphRegion(nodes: Set(members), position: members.last!) { mapped, b in
        let op = FusedElementwise(program: region.program, dtypes: dtypes)
        let new = try b.add(op, region.operands.map(mapped))
        return zip(region.results, new).map { (old: $0, new: $1) }
      }
    }
  }
}

/// A cluster as one program.
private struct Region: Sendable {
  private(set) var program: ScalarProgram
  /// What it reads from outside, scalar constants excepted.
  private(set) var operands: [Value] = []
  /// What others read of it.
  private(set) var results: [Value] = []

  /// nil where nothing but constants is read.
  init?(_ graph: Graph, _ index: GraphIndex, _ members: [Int]) {
    let inside = Set(members)
    var immediates: [Value: Double] = [:]
    for member in members {
      for operand in graph.nodes[member].operands {
        let producer = index.producers[operand.id]
        if let producer, inside.contains(producer) { continue }
        if let constant = producer.flatMap({ graph.nodes[$0].op as? Constant })?.value,
          constant.elementCount == 1,
          constant.shape.rank <= graph.type(of: graph.nodes[member].result).shape.rank
        {
          immediates[operand] = constant.doubles[0]
        } else if !operands.contains(operand) {
          operands.append(operand)
        }
      }
    }
    guard !operands.isEmpty else { return nil }
    let result = graph.type(of: graph.nodes[members[0]].result).shape
    // The program's shape follows from its operands alone.
    let shape = operands.reduce(Shape([])) { shape, operand in
      shape.broadcast(with: graph.type(of: operand).shape) ?? shape
    }
    guard shape == result else { return nil }

    program = ScalarProgram(operandCount: operands.count)
    var registers: [Value: ScalarProgram.Register] = [:]
    for (position, operand) in operands.enumerated() {
      registers[operand] = ScalarProgram.Register(position)
    }
    for (value, number) in immediates.sorted(by: { $0.key.id < $1.key.id }) {
      registers[value] = program.constant(number)
    }
    var made: [ScalarProgram.Register] = []
    for member in members {
      let node = graph.nodes[member]
      guard let op = node.op as? any ElementwiseOp else { return nil }
      var register = program.inline(op.program, node.operands.map { registers[$0]! })[0]
      if graph.type(of: node.result).dtype == .bf16, !(op is Cast) {
        register = program.step(.roundBF16, register)
      }
      registers[node.result] = register
      let isRead =
        index.outputCounts[node.result.id] > 0
        || index.users[node.result.id].contains { !inside.contains($0) }
      if isRead {
        results.append(node.result)
        made.append(register)
      }
    }
    program.results = made
  }
}
