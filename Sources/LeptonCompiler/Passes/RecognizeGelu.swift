import LeptonGraph
import LeptonOps
import LeptonValues

extension Pass {
  /// Makes one operation of `x · ½ (1 + erf(x / √2))`, in whatever order an exporter has written it.
  public static let recognizeGelu = Pass("recognize-gelu") { graph in
    let index = GraphIndex(graph)
    var taken: Set<Int> = []
    var regions: [GraphRegion] = []
    // From the end, so that the outermost product is met first.
    for position in graph.nodes.indices.reversed() where !taken.contains(position) {
      guard let gelu = GeluRegion(endingAt: position, graph, index) else { continue }
      taken.formUnion(gelu.nodes)
      regions.append(gelu.region)
    }
    return try graph.replacing(regions)
  }
}

/// The nodes that compute GELU, up to the product that ends it.
private struct GeluRegion: Sendable {
  private(set) var nodes: Set<Int> = []
  private let position: Int
  private let operand: Value
  private let result: Value

  init?(endingAt position: Int, _ graph: Graph, _ index: GraphIndex) {
    guard graph.nodes[position].op is Multiply else { return nil }
    self.position = position
    result = graph.nodes[position].result
    var factor = 1.0
    var values: [Value] = []
    var products = [position]
    while let product = products.popLast() {
      nodes.insert(product)
      for value in graph.nodes[product].operands {
        if let constant = graph.scalar(value, index) {
          factor *= constant
        } else if let inner = index.producers[value.id], index.hasOneUse(value),
          graph.nodes[inner].op is Multiply
        {
          products.append(inner)
        } else {
          values.append(value)
        }
      }
    }
    guard values.count == 2, abs(factor - 0.5) < 1e-4 else { return nil }
    for (x, gate) in [(values[0], values[1]), (values[1], values[0])] {
      guard let sum = graph.maker(of: gate, Add.self, index),
        let one = graph.constantOperand(of: sum, index), one.value == 1,
        let erf = graph.maker(of: one.other, Erf.self, index),
        let scaled = index.producers[graph.nodes[erf].operand.id],
        index.hasOneUse(graph.nodes[erf].operand),
        let scale = graph.constantOperand(of: scaled, index), scale.other == x,
        graph.type(of: x) == graph.type(of: result)
      else { continue }
      switch graph.nodes[scaled].op {
      case is Multiply where abs(scale.value - 0.5.squareRoot()) < 1e-4: break
      case is Divide where abs(scale.value - 2.squareRoot()) < 1e-4: break
      default: continue
      }
      operand = x
      nodes.formUnion([sum, erf, scaled])
      return
    }
    return nil
  }

  var region: GraphRegion {
    GraphRegion(nodes: nodes, position: position) { [self] mapped, b in
      [(result, try b.add(one: Gelu(), mapped(operand)))]
    }
  }
}

extension Graph {
  /// The single element of a constant.
  fileprivate func scalar(_ value: Value, _ index: GraphIndex) -> Double? {
    guard let maker = index.producers[value.id], let constant = nodes[maker].op as? Constant,
      constant.value.elementCount == 1
    else { return nil }
    return constant.value.doubles[0]
  }

  /// The node that makes a value which nobody else reads, if it is an `O`.
  fileprivate func maker<O: Op>(of value: Value, _: O.Type, _ index: GraphIndex) -> Int? {
    guard let maker = index.producers[value.id], nodes[maker].op is O, index.hasOneUse(value)
    else { return nil }
    return maker
  }

  /// The number that a node of two operands computes with, and its other operand. A divisor stands second.
  fileprivate func constantOperand(
    of node: Int, _ index: GraphIndex
  ) -> (value: Double, other: Value)? {
    let operands = nodes[node].operands
    guard operands.count == 2 else { return nil }
    if let value = scalar(operands[1], index) { return (value, operands[0]) }
    guard !(nodes[node].op is Divide), let value = scalar(operands[0], index) else { return nil }
    return (value, operands[1])
  }
}
