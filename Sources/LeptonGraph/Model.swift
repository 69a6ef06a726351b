public import LeptonValues

/// The centre of the house: a typed graph, its weights and its facts. Everything that changes a network takes a
/// model and answers a model.
public struct Model: Sendable, Hashable {
  /// The network as authored: data inputs, parameters and state as ports; not lowered for training or inference.
  public var graph: Graph
  /// The elements of each parameter and state input, by name.
  public var weights: [String: TensorData]
  public var facts: Facts

  public init(graph: Graph, weights: [String: TensorData], facts: Facts = Facts()) {
    self.graph = graph
    self.weights = weights
    self.facts = facts
  }

  /// What is known about a model beside its numbers; travels in the artifact.
  public struct Facts: Sendable, Hashable, Codable {
    public var name = ""
    public var labels: [String] = []
    /// `classification`, `binary`, `regression`, `detection`.
    public var task = ""
    /// Of detectors: how the output becomes boxes.
    public var detection: DetectionHead?
    /// How an input file becomes the model's input; what the graph itself does not do.
    public var preprocessing: [String: String] = [:]
    /// Measured figures: `test.accuracy`, `latency_ms.p50`.
    public var metrics: [String: Double] = [:]
    /// Where it came from: recipe, data fingerprint, seed, parent artifact, tool version.
    public var lineage: [String: String] = [:]
    /// The number of examples at once, where the graph stands for no other; nil: any that its operations take.
    public var batch: Int?
    /// Extents of inputs that the file left open, beside the number of examples: their names by input and axis. The file
    /// that the model is saved in says them at its inputs.
    public var openExtents: [String: [Int: String]] = [:]

    private enum CodingKeys: CodingKey {
      case name, labels, task, preprocessing, detection, metrics, lineage, batch
    }

    public init() {}
  }
}

extension Model {
  /// The number of trained weights.
  public var parameterCount: Int {
    graph.parameters.reduce(0) { $0 + graph.type(of: $1.value).shape.elementCount }
  }

  /// Examples at once: the first extent of the first input that has one.
  package var batch: Int {
    graph.dataInputs.lazy.compactMap { graph.type(of: $0.value).shape.first }.first ?? 1
  }

  /// Checks the graph, and that every parameter and state has elements of its type.
  public func verify() throws {
    try graph.verify()
    for port in graph.residents {
      let type = graph.type(of: port.value)
      guard let data = weights[port.name] else {
        throw LeptonError(.badInput, "\(port.role.rawValue) '\(port.name)' has no elements")
      }
      guard data.type == type else {
        throw LeptonError(
          .badInput, "\(port.role.rawValue) '\(port.name)' is \(data.type), the graph says \(type)")
      }
    }
  }

  /// The same model for another number of examples at once: the first extent of every data input.
  ///
  /// - Throws: `LeptonError` (`.badInput`) where what it computes depends on that number.
  public func withBatch(_ count: Int) throws -> Model {
    if let batch = facts.batch {
      guard batch == count else {
        throw LeptonError(
          .badInput, "\(count) examples at once: what the model computes depends on their number",
          at: facts.name, fix: "feed it \(batch) at once")
      }
      return self
    }
    var types: [String: TensorType] = [:]
    for port in graph.dataInputs {
      var type = graph.type(of: port.value)
      guard type.shape.rank > 0 else { continue }
      type.shape[0] = count
      types[port.name] = type
    }
    return Model(graph: try graph.specialized(types), weights: weights, facts: facts)
  }
}
