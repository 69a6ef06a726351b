import LeptonCompiler
package import LeptonGraph
package import LeptonValues

/// What two models answer to the same inputs.
package enum OutputDifference {
  /// One for each output, by position. The models must take inputs of the same types.
  package static func differences(
    _ a: Model, _ b: Model, feeds: [TensorData]
  ) throws -> [TensorDifference] {
    let (one, other) = (try Session(a).run(feeds), try Session(b).run(feeds))
    return try zip(a.graph.dataOutputs, zip(one, other)).map { port, outputs in
      guard let difference = TensorDifference(port.name, outputs.0, outputs.1) else {
        throw LeptonError(
          .badInput, "output '\(port.name)' is \(outputs.0.type) of one and \(outputs.1.type) of the other")
      }
      return difference
    }
  }

  /// The largest relative difference for random inputs of a seed.
  static func largest(_ a: Model, _ b: Model, seed: UInt64) throws -> Double {
    let (one, other) = (a.graph.dataInputs, b.graph.dataInputs)
    guard one.map({ a.graph.type(of: $0.value) }) == other.map({ b.graph.type(of: $0.value) }) else {
      throw LeptonError(.badInput, "the inputs of the two are of other types")
    }
    var feeds = RandomFeeds(seed: seed)
    return try differences(a, b, feeds: feeds.feeds(for: a.graph)).map(\.relative).max() ?? 0
  }
}
