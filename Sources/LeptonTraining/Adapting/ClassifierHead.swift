import LeptonGraph
import LeptonOps
import LeptonValues

/// The last layer of a classifier: the product or convolution that decides between the classes, and what is added to it.
struct ClassifierHead {
  /// A parameter that has a slice for each class, along `axis`.
  struct Slices: Hashable {
    var parameter: String
    var axis: Int
  }

  /// The weights first, then the bias, where there is one.
  private(set) var slices: [Slices] = []
  /// The parameter of the product or convolution.
  var weights: Slices { slices[0] }
  /// How many classes it tells apart.
  let classes: Int

  /// Finds it from the output of `graph`, `[N, classes]`, backwards.
  ///
  /// - Throws: `LeptonError` of kind `badInput` where the output is not made by one such layer.
  init(of graph: Graph) throws {
    let output = try graph.onlyDataOutput()
    let shape = graph.type(of: output).shape
    guard shape.rank == 2 else {
      throw Self.refusal(graph, "its output is \(graph.type(of: output))")
    }
    classes = shape[1]
    let path = Path(graph)
    var value = output
    var biases: [Slices] = []
    while let node = path.producer(of: value) {
      if node.op is MatMul || node.op is Conv2D {
        guard let weights = path.weights(of: node, classes: classes) else { break }
        slices = [weights] + biases
        return
      }
      biases += node.operands.compactMap { path.parameter($0, classes: classes) }
      let carried = node.operands.filter(path.dependsOnData)
      guard carried.count == 1, node.results.count == 1 else { break }
      value = carried[0]
    }
    throw Self.refusal(graph, "no single product or convolution makes it")
  }

  private static func refusal(_ graph: Graph, _ what: String) -> LeptonError {
    LeptonError(
      .badInput, "model \(graph.name) has no last layer that could be made anew: \(what)",
      fix: "keep it (head: keep) with data of as many classes")
  }

  /// What the way back looks at.
  private struct Path {
    let graph: Graph
    private let index: GraphIndex
    private let parameters: [Value: String]
    private var isOfData: [Bool]

    init(_ graph: Graph) {
      self.graph = graph
      index = GraphIndex(graph)
      parameters = Dictionary(uniqueKeysWithValues: graph.parameters.map { ($0.value, $0.name) })
      isOfData = [Bool](repeating: false, count: graph.types.count)
      for port in graph.dataInputs { isOfData[port.value.id] = true }
      for node in graph.nodes where node.operands.contains(where: { isOfData[$0.id] }) {
        for result in node.results { isOfData[result.id] = true }
      }
    }

    func producer(of value: Value) -> Node? { index.producers[value.id].map { graph.nodes[$0] } }
    func dependsOnData(_ value: Value) -> Bool { isOfData[value.id] }

    /// A bias: a parameter, as it is or reshaped, of which one extent is the number of classes and all others are 1.
    func parameter(_ value: Value, classes: Int) -> Slices? {
      var value = value
      while let node = producer(of: value), node.op is Reshape { value = node.operand }
      guard let name = parameters[value] else { return nil }
      let shape = graph.type(of: value).shape
      guard shape.elementCount == classes, let axis = shape.firstIndex(of: classes) else {
        return nil
      }
      return Slices(parameter: name, axis: axis)
    }

    /// The weights of a product or convolution, as they are or transposed.
    func weights(of node: Node, classes: Int) -> Slices? {
      let value = node.operands[1]
      let shape = graph.type(of: value).shape
      var axis = 0
      if let product = node.op as? MatMul {
        axis = product.transposeB ? shape.rank - 2 : shape.rank - 1
      }
      guard shape.indices.contains(axis), shape[axis] == classes else { return nil }
      if let name = parameters[value] { return Slices(parameter: name, axis: axis) }
      guard let node = producer(of: value), let transpose = node.op as? Transpose,
        let name = parameters[node.operand]
      else { return nil }
      return Slices(parameter: name, axis: transpose.permutation[axis])
    }
  }
}
