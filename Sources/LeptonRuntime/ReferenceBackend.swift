public import LeptonGraph
package import LeptonValues

/// Runs every operation by its reference kernel: slow, plain, and the definition of what is right.
public struct ReferenceBackend: Backend {
  public let name = "reference"

  public init() {}

  public func claims(_ op: any Op) -> Bool { true }

  public func compile(_ graph: Graph, _ options: CompileOptions) throws -> any Executable {
    try graph.verify()
    return ReferenceExecutable(graph)
  }
}

private final class ReferenceExecutable: Executable {
  let graph: Graph
  private var residents: [String: TensorData] = [:]

  init(_ graph: Graph) {
    self.graph = graph
    for port in graph.residents {
      residents[port.name] = TensorData(zeros: graph.type(of: port.value))
    }
  }

  func run(_ feeds: [TensorData]) throws -> [TensorData] {
    try graph.checkFeeds(feeds)
    var feeds = feeds[...]
    let inputs = graph.inputs.map { port in
      port.isResident ? residents[port.name]! : feeds.removeFirst()
    }
    var outputs: [TensorData] = []
    for (port, data) in zip(graph.outputs, try graph.evaluate(inputs)) {
      if port.isResident { residents[port.name] = data } else { outputs.append(data) }
    }
    return outputs
  }

  func setResident(_ name: String, to data: TensorData) throws {
    try graph.checkResident(name, data.type)
    residents[name] = data
  }

  func resident(_ name: String) throws -> TensorData {
    try graph.checkResident(name, nil)
    return residents[name]!
  }

  var profile: [StepProfile] { [] }
  func resetProfile() {}
  var workingBytes: Int { graph.types.reduce(0) { $0 + $1.byteCount } }
}

extension Graph {
  /// Checks number and types of the tensors of a run.
  package func checkFeeds(_ feeds: [TensorData]) throws {
    let ports = dataInputs
    guard feeds.count == ports.count else {
      throw LeptonError(
        .badInput, "\(name) takes \(ports.count) inputs, \(feeds.count) were given",
        fix: "give \(ports.map(\.name).joined(separator: ", "))")
    }
    for (port, feed) in zip(ports, feeds) where feed.type != type(of: port.value) {
      throw LeptonError(
        .badInput, "input '\(port.name)' is \(feed.type)", fix: "give \(type(of: port.value))")
    }
  }

  /// Checks that a parameter or state of that name, and type if given, exists.
  package func checkResident(_ name: String, _ type: TensorType?) throws {
    guard let port = residents.first(where: { $0.name == name }) else {
      let near = nearestSpelling(of: name, in: residents.map(\.name))
      throw LeptonError(
        .badInput, "\(self.name) has no parameter or state '\(name)'",
        fix: near.map { "did you mean '\($0)'?" } ?? "")
    }
    if let type, type != self.type(of: port.value) {
      throw LeptonError(
        .badInput, "'\(name)' is \(self.type(of: port.value)), \(type) was given")
    }
  }
}
