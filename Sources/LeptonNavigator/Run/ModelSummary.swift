public import LeptonGraph
public import LeptonValues

/// A network layer by layer, as it is shown before training.
public struct ModelSummary: Sendable, Hashable, Codable {
  public struct Layer: Sendable, Hashable, Codable {
    /// The module's path: `features.0`.
    public var name: String
    /// Its dearest operation: `conv2d`.
    public var kind: String
    /// Of its result, for one example.
    public var shape: Shape
    public var parameters: Int
    /// Multiply-adds of products and convolutions, for one example.
    public var macs: Int
  }

  public var name: String
  public var layers: [Layer]
  public var parameters: Int
  public var macs: Int

  /// Layers beyond so many are shown by the module that holds them.
  private static let mostLayers = 40

  /// - Parameter model: for one example at a time.
  public init(_ model: Model) {
    let graph = model.graph
    name = graph.name
    layers = Self.layers(graph, depth: .max)
    for depth in [2, 1] where layers.count > Self.mostLayers {
      layers = Self.layers(graph, depth: depth)
    }
    parameters = model.parameterCount
    macs = layers.reduce(0) { $0 + $1.macs }
  }

  /// One for each run of nodes from the same module, whose path is cut at `depth`.
  private static func layers(_ graph: Graph, depth: Int) -> [Layer] {
    let parameters = Dictionary(
      uniqueKeysWithValues: graph.parameters.map {
        ($0.value, graph.type(of: $0.value).shape.elementCount)
      })
    var seen: Set<Value> = []
    var dearest = 0
    var layers: [Layer] = []
    for node in graph.nodes where !node.operands.isEmpty {
      let path = node.name.split(separator: ".").prefix(depth).joined(separator: ".")
      let flops = graph.cost(of: node).flops
      let result = graph.type(of: node.results[0]).shape
      if layers.last?.name != path || path.isEmpty {
        layers.append(
          Layer(name: path, kind: node.op.name, shape: result, parameters: 0, macs: 0))
        dearest = flops
      }
      let own = node.operands.filter { seen.insert($0).inserted }
      layers[layers.count - 1].parameters += own.reduce(0) { $0 + (parameters[$1] ?? 0) }
      layers[layers.count - 1].shape = result
      // Products and convolutions combine two values, and do several operations for each result.
      if node.operands.count > 1, flops >= 4 * result.elementCount {
        layers[layers.count - 1].macs += flops / 2
      }
      if flops > dearest { (layers[layers.count - 1].kind, dearest) = (node.op.name, flops) }
    }
    return layers
  }
}
