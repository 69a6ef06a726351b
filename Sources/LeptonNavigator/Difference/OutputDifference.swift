import LeptonCompiler
package import LeptonGraph
import LeptonOps
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
          .badInput,
          "output '\(port.name)' is \(outputs.0.type) of one and \(outputs.1.type) of the other")
      }
      return difference
    }
  }

  /// The largest relative difference for random inputs of a seed.
  static func largest(_ a: Model, _ b: Model, seed: UInt64) throws -> Double {
    let (one, other) = (a.graph.dataInputs, b.graph.dataInputs)
    guard one.map({ a.graph.type(of: $0.value) }) == other.map({ b.graph.type(of: $0.value) })
    else {
      throw LeptonError(.badInput, "the inputs of the two are of other types")
    }
    var random = RandomFeeds(seed: seed)
    let feeds = random.feeds(for: a.graph)
    do {
      return try differences(a, b, feeds: feeds).map(\.relative).max() ?? 0
    } catch let error as LeptonError where error.kind == .badInput {
      // Numbers that index a short table must all be 0.
      let zeros = feeds.map { $0.dtype.isFloatingPoint ? $0 : TensorData(zeros: $0.type) }
      return try differences(a, b, feeds: zeros).map(\.relative).max() ?? 0
    }
  }

  /// The same where the second has the channels of images last, in inputs and outputs.
  static func largest(_ a: Model, channelsLast b: Model, seed: UInt64) throws -> Double {
    var random = RandomFeeds(seed: seed)
    let feeds = random.feeds(for: a.graph)
    let one = try Session(a).run(feeds)
    let other = try Session(b).run(feeds.map { try $0.reordered([0, 2, 3, 1]) })
    guard one.count == other.count else {
      throw LeptonError(.badInput, "one has \(one.count) outputs, the other \(other.count)")
    }
    return try zip(one, other).map { x, y in
      guard let difference = TensorDifference("", x, try y.reordered([0, 3, 1, 2])) else {
        throw LeptonError(.badInput, "outputs are \(x.type) and \(y.type)")
      }
      return difference.relative
    }.max() ?? 0
  }
}

extension TensorData {
  /// An image with its axes in another order; everything else as it is.
  fileprivate func reordered(_ order: [Int]) throws -> TensorData {
    guard shape.rank == 4 else { return self }
    let op = Transpose(order)
    return try op.reference([self], op.resultTypes(of: [type]))[0]
  }
}
